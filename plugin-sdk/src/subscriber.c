#include "subscriber.h"

#include "deadline.h"
#include "event.h"

#include <alloc.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <zmq.h>

enum { MARKER_SIZE = 64 };

static const char sync_prefix[] = "plughost.sync.";

/* An event that came while its receiver waited for something else. */
struct kept_event {
    ph_event_t *event;
    struct kept_event *next;
};

struct subscriber {
    connection_t *connection;
    requester_t *requester;
    void *socket;
    int fd;
    bool is_drained;       /* ZeroMQ has said that there is nothing, and was not used since */
    zmq_msg_t topic, body; /* of the last message: they are made once */
    struct kept_event *first, **last_p;
};

subscriber_t *subscriber_new(connection_t *connection, requester_t *requester)
{
    subscriber_t *self = ph_calloc(1, sizeof *self);
    self->connection = connection;
    self->requester = requester;
    self->last_p = &self->first;
    zmq_msg_init(&self->topic);
    zmq_msg_init(&self->body);
    return self;
}

static ph_event_t *take_kept(subscriber_t *self)
{
    struct kept_event *kept = self->first;
    if (!kept)
        return NULL;
    ph_event_t *event = kept->event;
    self->first = kept->next;
    if (!self->first)
        self->last_p = &self->first;
    free(kept);
    return event;
}

static void keep(subscriber_t *self, ph_event_t *event)
{
    struct kept_event *kept = ph_calloc(1, sizeof *kept);
    kept->event = event;
    *self->last_p = kept;
    self->last_p = &kept->next;
}

void subscriber_destroy(subscriber_t **self_p)
{
    subscriber_t *self = *self_p;
    if (!self)
        return;
    for (ph_event_t *event; (event = take_kept(self));)
        ph_event_destroy(&event);
    zmq_msg_close(&self->topic);
    zmq_msg_close(&self->body);
    free(self);
    *self_p = NULL;
}

int subscriber_open(subscriber_t *self, const char *address, int timeout_ms, struct ph_error *err)
{
    if (self->socket)
        return 0;
    ph_cleanup(ph_message_destroy) ph_message_t *reply = NULL;
    if (!address) {
        reply = requester_call(self->requester, "version", NULL, timeout_ms, err);
        if (!reply)
            return -1;
        address = ph_value_string(ph_value_get(ph_message_body(reply), "pubsub_endpoint"), "");
    }
    self->socket = connection_open_sub(self->connection, address, err);
    if (!self->socket)
        return -1;
    size_t size = sizeof self->fd;
    zmq_getsockopt(self->socket, ZMQ_FD, &self->fd, &size);
    return 0;
}

void subscriber_add(subscriber_t *self, const char *prefix)
{
    self->is_drained = false;
    zmq_setsockopt(self->socket, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
}

void subscriber_remove(subscriber_t *self, const char *prefix)
{
    self->is_drained = false;
    zmq_setsockopt(self->socket, ZMQ_UNSUBSCRIBE, prefix, strlen(prefix));
}

/* Receives the two frames of a message without waiting. Returns false when there is none. */
static bool receive(subscriber_t *self)
{
    self->is_drained = zmq_msg_recv(&self->topic, self->socket, ZMQ_DONTWAIT) < 0;
    if (self->is_drained)
        return false;
    if (!zmq_msg_more(&self->topic) || zmq_msg_recv(&self->body, self->socket, 0) < 0) {
        zmq_msg_close(&self->body);
        zmq_msg_init(&self->body);
    }
    return true;
}

static bool is_sync_marker(subscriber_t *self)
{
    return zmq_msg_size(&self->topic) >= sizeof sync_prefix &&
           memcmp(zmq_msg_data(&self->topic), sync_prefix, sizeof sync_prefix - 1) == 0;
}

static ph_event_t *make_event(subscriber_t *self)
{
    return event_new(zmq_msg_data(&self->topic), zmq_msg_size(&self->topic),
                     zmq_msg_data(&self->body), zmq_msg_size(&self->body), NULL);
}

/* Takes all that is there, up to the wanted marker. Returns whether that has come. */
static bool keep_until_marker(subscriber_t *self, const char *wanted)
{
    size_t size = strlen(wanted);
    while (receive(self)) {
        if (!is_sync_marker(self)) {
            ph_event_t *event = make_event(self);
            if (event)
                keep(self, event);
        } else if (zmq_msg_size(&self->topic) == size &&
                   memcmp(zmq_msg_data(&self->topic), wanted, size) == 0) {
            return true;
        }
    }
    return false;
}

int subscriber_wait(subscriber_t *self, int64_t deadline)
{
    int fds[CONNECTION_FDS];
    connection_fds(self->connection, fds);
    struct pollfd items[] = {{.fd = self->fd, .events = POLLIN},
                             {.fd = fds[CONNECTION_NEWS], .events = POLLIN}};
    int ready = poll(items, 2, self->is_drained ? deadline_left(deadline) : 0);
    if (ready > 0 && items[1].revents)
        connection_note_news(self->connection);
    return ready < 0 ? -1 : 0;
}

/* A connection that is lost meanwhile may come back: ZeroMQ then subscribes again, and the marker
 * comes from the new daemon. */
static int await_marker(subscriber_t *self, const char *wanted, int64_t deadline,
                        struct ph_error *err)
{
    while (!keep_until_marker(self, wanted)) {
        if (requester_check_daemon(self->requester, NULL) < 0)
            return ph_error_set(err, PH_UNAVAILABLE, "plughostd at %s went away",
                                connection_endpoint(self->connection));
        if (deadline_left(deadline) == 0)
            return ph_error_set(err, PH_TIMEOUT, "the subscription at %s was not confirmed in time",
                                connection_endpoint(self->connection));
        subscriber_wait(self, deadline);
    }
    return 0;
}

int subscriber_sync(subscriber_t *self, int timeout_ms, struct ph_error *err)
{
    uint64_t nonce = 0;
    if (getrandom(&nonce, sizeof nonce, 0) != sizeof nonce)
        return ph_error_sys(err, "cannot get a random number");
    char marker[MARKER_SIZE];
    snprintf(marker, sizeof marker, "%s%016" PRIx64, sync_prefix, nonce);
    subscriber_add(self, marker);
    requester_begin_wait(self->requester, timeout_ms);
    int outcome = await_marker(self, marker, deadline_after(timeout_ms), err);
    requester_end_wait(self->requester);
    subscriber_remove(self, marker);
    return outcome;
}

ph_event_t *subscriber_next(subscriber_t *self)
{
    ph_event_t *event = take_kept(self);
    while (!event && self->socket && receive(self))
        event = is_sync_marker(self) ? NULL : make_event(self);
    return event;
}

bool subscriber_has_kept(const subscriber_t *self)
{
    return self->first != NULL;
}

bool subscriber_is_open(const subscriber_t *self)
{
    return self->socket != NULL;
}

int subscriber_fd(const subscriber_t *self)
{
    return self->socket ? self->fd : -1;
}

bool subscriber_is_drained(const subscriber_t *self)
{
    return !self->socket || self->is_drained;
}
