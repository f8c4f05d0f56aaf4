#include "deadline.h"
#include "event.h"
#include "invoke.h"
#include "publish.h"
#include "subscriber.h"

#include <alloc.h>
#include <errno.h>
#include <plughost/client.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { LOOK_EVERY = 100 }; /* events published, and then it is seen whether the daemon is there */

/* What ph_client_follow has told already. */
struct followed {
    char *prefix;
    char *epoch;
    uint64_t seq;
    struct followed *next;
};

struct ph_client {
    connection_t *connection;
    requester_t *requester;
    subscriber_t *subscriber;
    struct followed *followed;
    uint64_t published;
};

ph_client_t *ph_client_new(const char *endpoint, struct ph_error *err)
{
    ph_cleanup(ph_client_destroy) ph_client_t *self = ph_calloc(1, sizeof *self);
    self->connection = connection_new(endpoint, err);
    if (self->connection)
        self->requester = requester_new(self->connection, err);
    if (!self->requester)
        return NULL;
    self->subscriber = subscriber_new(self->connection, self->requester);
    return ph_steal(&self);
}

void ph_client_destroy(ph_client_t **self_p)
{
    ph_client_t *self = *self_p;
    if (!self)
        return;
    while (self->followed) {
        struct followed *followed = self->followed;
        self->followed = followed->next;
        free(followed->prefix);
        free(followed->epoch);
        free(followed);
    }
    subscriber_destroy(&self->subscriber);
    requester_destroy(&self->requester);
    connection_destroy(&self->connection);
    free(self);
    *self_p = NULL;
}

const char *ph_client_endpoint(const ph_client_t *self)
{
    return connection_endpoint(self->connection);
}

/* What was sent before any daemon has told its epoch could not be asked again: the first thing that
 * is asked is one that changes nothing. */
static int get_acquainted(ph_client_t *self, const char *command, int timeout_ms,
                          struct ph_error *err)
{
    if (requester_epoch(self->requester)[0])
        return 0;
    ph_cleanup(ph_message_destroy) ph_message_t *pong =
        requester_call(self->requester, "ping", NULL, timeout_ms, err);
    return pong ? 0 : ph_error_prefix(err, "cannot send '%s'", command);
}

static ph_message_t *call(ph_client_t *self, const char *command, const ph_writer_t *properties,
                          int timeout_ms, struct ph_error *err)
{
    struct ph_error failure = {0};
    int64_t deadline = deadline_after(timeout_ms);
    ph_message_t *reply = NULL;
    if (get_acquainted(self, command, timeout_ms, &failure) == 0)
        reply =
            requester_call(self->requester, command, properties, deadline_left(deadline), &failure);
    if (!reply && failure.code == PH_TIMEOUT && deadline_left(deadline) == 0) /* of both together */
        ph_error_set(&failure, PH_TIMEOUT, "no answer to '%s' from %s within %g s", command,
                     connection_endpoint(self->connection), timeout_ms / 1000.0);
    if (!reply && err)
        *err = failure;
    return reply;
}

ph_message_t *ph_client_call(ph_client_t *self, const char *command, const ph_writer_t *properties,
                             int timeout_ms, struct ph_error *err)
{
    return call(self, command, properties, timeout_ms, err);
}

int ph_client_cast(ph_client_t *self, const char *command, const ph_writer_t *properties,
                   struct ph_error *err)
{
    return requester_cast(self->requester, command, properties, 0, err);
}

ph_message_t *ph_client_invoke(ph_client_t *self, const char *plugin, const char *method,
                               const ph_writer_t *args, int timeout_ms, struct ph_error *err)
{
    struct invoke invoke = {plugin, method, args, timeout_ms, NULL};
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = invoke_write(&invoke);
    return call(self, "invoke", properties, invoke_wait_ms(timeout_ms), err);
}

int ph_client_publish(ph_client_t *self, const char *topic, const ph_writer_t *fields,
                      int timeout_ms, struct ph_error *err)
{
    bool is_to_look = self->published++ % LOOK_EVERY == 0; /* each look is a system call */
    if (publish_check_topic(topic, err) < 0 ||
        (is_to_look && requester_check_daemon(self->requester, err) < 0))
        return -1;
    return publish_cast(self->requester, topic, fields, timeout_ms, err);
}

/* ---- events ---- */

int ph_client_subscribe(ph_client_t *self, const char *prefix, int timeout_ms, struct ph_error *err)
{
    if (subscriber_open(self->subscriber, NULL, timeout_ms, err) < 0)
        return -1;
    subscriber_add(self->subscriber, prefix);
    int outcome = subscriber_sync(self->subscriber, timeout_ms, err);
    if (outcome < 0)
        subscriber_remove(self->subscriber, prefix);
    return outcome;
}

static void note_followed(ph_client_t *self, const char *prefix, const ph_value_t *state)
{
    struct followed *followed = ph_calloc(1, sizeof *followed);
    followed->prefix = ph_strdup(prefix);
    followed->epoch = ph_strdup(ph_value_string(ph_value_get(state, "epoch"), ""));
    followed->seq = (uint64_t)ph_value_int(ph_value_get(state, "seq"), 0);
    followed->next = self->followed;
    self->followed = followed;
}

ph_message_t *ph_client_follow(ph_client_t *self, const char *prefix, int timeout_ms,
                               struct ph_error *err)
{
    int64_t deadline = deadline_after(timeout_ms);
    if (ph_client_subscribe(self, prefix, timeout_ms, err) < 0)
        return NULL;
    ph_message_t *state = ph_client_call(self, "status", NULL, deadline_left(deadline), err);
    if (state)
        note_followed(self, prefix, ph_message_body(state));
    else
        subscriber_remove(self->subscriber, prefix);
    return state;
}

static bool is_followed(const struct followed *followed, const ph_event_t *event)
{
    return ph_event_seq(event) <= followed->seq && event_begins_with(event, followed->prefix) &&
           strcmp(ph_event_epoch(event), followed->epoch) == 0;
}

/* Says whether it is for others, or is part of a state that was told before. */
static bool has_to_skip(const ph_client_t *self, const ph_event_t *event)
{
    if (!event_is_numbered(event))
        return !event_begins_with(event, "log.");
    for (const struct followed *followed = self->followed; followed; followed = followed->next)
        if (is_followed(followed, event))
            return true;
    return false;
}

static ph_event_t *next_event(ph_client_t *self)
{
    for (ph_event_t *event; (event = subscriber_next(self->subscriber)); ph_event_destroy(&event))
        if (!has_to_skip(self, event))
            return event;
    return NULL;
}

/* Waits for an event, or for news of the connection. Returns 0, or -1 with `err` filled. */
static int wait_for_event(ph_client_t *self, int64_t deadline, struct ph_error *err)
{
    if (subscriber_wait(self->subscriber, deadline) < 0)
        return ph_error_sys(err, "waiting for an event was interrupted");
    if (requester_check_daemon(self->requester, NULL) < 0)
        return ph_error_set(err, PH_UNAVAILABLE, "plughostd at %s went away",
                            connection_endpoint(self->connection));
    return 0;
}

ph_event_t *ph_client_receive(ph_client_t *self, int timeout_ms, struct ph_error *err)
{
    if (!subscriber_is_open(self->subscriber)) {
        ph_error_set(err, PH_INVALID, "this client of %s has not subscribed to anything",
                     ph_client_endpoint(self));
        return NULL;
    }
    ph_event_t *event = next_event(self);
    int64_t deadline = deadline_after(timeout_ms);
    for (int outcome = 0; !event && outcome == 0;) {
        outcome = wait_for_event(self, deadline, err);
        event = next_event(self); /* what came before the daemon went, or before a signal, counts */
        if (!event && outcome == 0 && deadline_left(deadline) == 0)
            outcome = ph_error_set(err, PH_TIMEOUT, "no event came from %s within %g s",
                                   ph_client_endpoint(self), timeout_ms / 1000.0);
    }
    return event;
}
