#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <plughost/client.h>
#include <stdlib.h>
#include <zmq.h>

#include "connection.h"

struct ph_client {
    connection_t *connection;
};

ph_client_t *ph_client_new(const char *endpoint, struct ph_error *err)
{
    connection_t *connection = connection_new(endpoint, err);
    if (!connection)
        return NULL;
    ph_client_t *self = ph_calloc(1, sizeof *self);
    self->connection = connection;
    return self;
}

void ph_client_destroy(ph_client_t **self_p)
{
    if (!*self_p)
        return;
    connection_destroy(&(*self_p)->connection);
    free(*self_p);
    *self_p = NULL;
}

const char *ph_client_endpoint(const ph_client_t *self)
{
    return connection_endpoint(self->connection);
}

ph_message_t *ph_client_call(ph_client_t *self, const char *command, const ph_writer_t *properties,
                             int timeout_ms, struct ph_error *err)
{
    return connection_call(self->connection, command, properties, timeout_ms, err);
}

int ph_client_cast(ph_client_t *self, const char *command, const ph_writer_t *properties,
                   struct ph_error *err)
{
    return connection_cast(self->connection, command, properties, err);
}

int ph_client_subscribe(ph_client_t *self, const char *prefix, int timeout_ms, struct ph_error *err)
{
    return connection_subscribe(self->connection, NULL, prefix, timeout_ms, err);
}

/* Waits for something on either socket. Returns 0 when there is, else -1 with `err` filled. */
static int wait_for_event(ph_client_t *self, int64_t left_ms, struct ph_error *err)
{
    zmq_pollitem_t items[] = {
        {.socket = connection_sub(self->connection), .events = ZMQ_POLLIN},
        {.socket = connection_monitor(self->connection), .events = ZMQ_POLLIN},
    };
    int ready = zmq_poll(items, 2, (long)left_ms);
    if (ready < 0)
        return ph_error_sys(err, "waiting for an event was interrupted");
    if (ready == 0)
        return ph_error_set(err, PH_TIMEOUT, "no event came in time");
    if (!(items[0].revents & ZMQ_POLLIN) && connection_was_lost(self->connection))
        return ph_error_set(err, PH_UNAVAILABLE, "plughostd at %s went away",
                            connection_endpoint(self->connection));
    return 0;
}

ph_event_t *ph_client_receive(ph_client_t *self, int timeout_ms, struct ph_error *err)
{
    if (!connection_sub(self->connection)) {
        ph_error_set(err, PH_INVALID, "this client has not subscribed to anything");
        return NULL;
    }
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (;;) {
        ph_event_t *event = connection_next_event(self->connection);
        if (event)
            return event;
        int64_t left_ms = deadline - ph_clock_ms();
        if (wait_for_event(self, timeout_ms < 0 ? -1 : left_ms > 0 ? left_ms : 0, err) < 0)
            return NULL;
    }
}
