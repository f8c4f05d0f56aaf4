#include "connection.h"

#include "event.h"
#include "probe.h"

#include <alloc.h>
#include <clock.h>
#include <endpoint.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <zmq.h>

enum {
    PROBE_MS = 900,
    LINGER_MS = 1000,
};

/* An event that came while its receiver waited for something else. */
struct waiting_event {
    ph_event_t *event;
    struct waiting_event *next;
};

struct connection {
    char *endpoint;
    void *context;
    void *dealer;
    void *monitor; /* tells when the connection of the dealer is lost */
    void *sub;     /* NULL before the first subscription */
    int64_t last_id;
    connection_request_fn *on_request;
    void *on_request_arg;
    struct waiting_event *first, **last_p;
    bool is_gone;     /* the daemon was lost, and has not said anything since */
    bool is_awaiting; /* a call waits for the reply to last_id */
    ph_message_t *reply;
};

static const char monitor_address[] = "inproc://dealer";

static char *choose_endpoint(const char *endpoint)
{
    if (!endpoint)
        endpoint = getenv("PLUGHOST_ENDPOINT");
    return endpoint && *endpoint ? ph_strdup(endpoint) : ph_default_endpoint(NULL);
}

/* Makes a socket that is connected, or returns NULL. */
static void *open_socket(connection_t *self, int type, const char *address, struct ph_error *err)
{
    void *socket = zmq_socket(self->context, type);
    int linger_ms = 0;
    if (socket && zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms) == 0 &&
        zmq_connect(socket, address) == 0)
        return socket;

    ph_error_set(err, PH_INVALID, "cannot connect to %s: %s", address, zmq_strerror(zmq_errno()));
    if (socket)
        zmq_close(socket);
    return NULL;
}

connection_t *connection_new(const char *endpoint, struct ph_error *err)
{
    ph_cleanup(connection_destroy) connection_t *self = ph_calloc(1, sizeof *self);
    self->last_p = &self->first;
    self->endpoint = choose_endpoint(endpoint);
    if (probe_endpoint(self->endpoint, PROBE_MS, err) < 0)
        return NULL;

    self->context = zmq_ctx_new();
    if (!self->context) {
        ph_error_sys(err, "cannot start ZeroMQ");
        return NULL;
    }
    self->dealer = open_socket(self, ZMQ_DEALER, self->endpoint, err);
    if (!self->dealer)
        return NULL;
    zmq_socket_monitor(self->dealer, monitor_address, ZMQ_EVENT_DISCONNECTED);
    self->monitor = open_socket(self, ZMQ_PAIR, monitor_address, err);
    return self->monitor ? ph_steal(&self) : NULL;
}

bool connection_is_gone(connection_t *self)
{
    connection_was_lost(self);
    return self->is_gone;
}

static void set_linger(void *socket, int linger_ms)
{
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
}

/* Only casts to a daemon that is there are worth waiting for. */
static void close_sockets(connection_t *self)
{
    if (self->dealer) {
        bool has_reader = self->monitor && !connection_is_gone(self);
        set_linger(self->dealer, has_reader ? LINGER_MS : 0);
        zmq_socket_monitor(self->dealer, NULL, 0);
        zmq_close(self->dealer);
    }
    if (self->monitor)
        zmq_close(self->monitor);
    if (self->sub)
        zmq_close(self->sub);
}

void connection_destroy(connection_t **self_p)
{
    connection_t *self = *self_p;
    if (!self)
        return;
    while (self->first) {
        struct waiting_event *next = self->first->next;
        ph_event_destroy(&self->first->event);
        free(self->first);
        self->first = next;
    }
    ph_message_destroy(&self->reply);
    close_sockets(self);
    if (self->context)
        while (zmq_ctx_term(self->context) < 0 && errno == EINTR)
            continue;
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

const char *connection_endpoint(const connection_t *self)
{
    return self->endpoint;
}

void connection_on_request(connection_t *self, connection_request_fn *function, void *arg)
{
    self->on_request = function;
    self->on_request_arg = arg;
}

bool connection_was_lost(connection_t *self)
{
    bool is_lost = false;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, self->monitor, ZMQ_DONTWAIT) >= 0)
        is_lost = true;
    zmq_msg_close(&frame);
    self->is_gone |= is_lost;
    return is_lost;
}

/* ---- commands ---- */

/* Returns how long to wait until a deadline; -1 for none. */
static long left_until(int64_t deadline)
{
    if (deadline < 0)
        return -1;
    int64_t left = deadline - ph_clock_ms();
    return left > 0 ? (long)left : 0;
}

static int64_t deadline_after(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : ph_clock_ms() + timeout_ms;
}

static ph_writer_t *make_request(connection_t *self, const char *command,
                                 const ph_writer_t *properties, bool is_cast)
{
    ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    if (is_cast)
        ph_writer_string(body, "msg_type", "cast");
    else
        ph_writer_int(body, "id", ++self->last_id);
    ph_writer_map(body, "properties");
    ph_writer_merge(body, properties);
    ph_writer_end(body);
    return body;
}

/* Sends a request, and waits until the deadline for room in the queue to the daemon. */
static int send_request(connection_t *self, const char *command, const ph_writer_t *request,
                        int64_t deadline, struct ph_error *err)
{
    size_t size;
    const void *data = ph_writer_data(request, &size);
    if (size > PH_REQUEST_MAX_BYTES)
        return ph_error_set(err, PH_INVALID, "'%s' has %zu bytes; plughostd takes at most %d",
                            command, size, PH_REQUEST_MAX_BYTES);
    zmq_pollitem_t room = {.socket = self->dealer, .events = ZMQ_POLLOUT};
    while (zmq_send(self->dealer, data, size, ZMQ_DONTWAIT) < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return ph_error_set(err, PH_INTERNAL, "cannot send '%s' to %s: %s", command,
                                self->endpoint, zmq_strerror(errno));
        if (left_until(deadline) == 0)
            return ph_error_set(err, PH_BUSY, "cannot send '%s' to %s: too much waits to be sent",
                                command, self->endpoint);
        zmq_poll(&room, 1, left_until(deadline));
    }
    return 0;
}

/* Sorts one message: a reply that is waited for, a request, or an answer that nobody waits for
 * now. */
static void take_message(connection_t *self, const void *data, size_t size)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    const ph_value_t *body = ph_message_body(message);
    self->is_gone = false;
    const char *command = ph_value_string(ph_value_get(body, "command"), NULL);

    if (command && self->on_request)
        self->on_request(self->on_request_arg, command);
    else if (!command && self->is_awaiting &&
             ph_value_int(ph_value_get(body, "id"), -1) == self->last_id) {
        self->is_awaiting = false;
        self->reply = ph_steal(&message);
    }
}

void connection_read(connection_t *self)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (!self->reply && zmq_msg_recv(&frame, self->dealer, ZMQ_DONTWAIT) >= 0)
        if (!zmq_msg_more(&frame))
            take_message(self, zmq_msg_data(&frame), zmq_msg_size(&frame));
    zmq_msg_close(&frame);
}

/* Waits until one of two sockets can be read. Returns false when the deadline is over. */
static bool wait_either(void *first, void *second, int64_t deadline)
{
    zmq_pollitem_t items[] = {{.socket = first, .events = ZMQ_POLLIN},
                              {.socket = second, .events = ZMQ_POLLIN}};
    for (;;) {
        int ready = zmq_poll(items, 2, left_until(deadline));
        if (ready > 0)
            return true;
        if (ready == 0 && deadline >= 0 && left_until(deadline) == 0)
            return false;
    }
}

static int refused(const ph_value_t *reply, struct ph_error *err)
{
    const char *code = ph_value_string(ph_value_get(reply, "code"), "internal");
    const char *hint = ph_value_string(ph_value_get(reply, "hint"), "");
    ph_error_set(err, ph_code_from_name(code), "%s",
                 ph_value_string(ph_value_get(reply, "reason"), "refused without a reason"));
    return ph_error_hint(err, "%s", hint);
}

/* Waits for the reply to the last request. Returns NULL at the deadline, or when the daemon
 * goes. */
static ph_message_t *await_reply(connection_t *self, const char *command, int timeout_ms,
                                 int64_t deadline, struct ph_error *err)
{
    bool is_lost = false;
    self->is_awaiting = true;
    while (!self->reply && !is_lost && wait_either(self->dealer, self->monitor, deadline)) {
        is_lost = connection_was_lost(
            self); /* before the read: a reply sent just before the end counts */
        connection_read(self);
    }
    self->is_awaiting = false;

    if (!self->reply && is_lost)
        ph_error_set(err, PH_UNAVAILABLE, "plughostd at %s went away before it answered '%s'",
                     self->endpoint, command);
    else if (!self->reply)
        ph_error_set(err, PH_TIMEOUT, "no answer to '%s' from %s within %g s", command,
                     self->endpoint, timeout_ms / 1000.0);
    return ph_steal(&self->reply);
}

ph_message_t *connection_call(connection_t *self, const char *command,
                              const ph_writer_t *properties, int timeout_ms, struct ph_error *err)
{
    int64_t deadline = deadline_after(timeout_ms);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request =
        make_request(self, command, properties, false);
    connection_was_lost(self); /* what happened before this request does not count */
    if (send_request(self, command, request, deadline, err) < 0)
        return NULL;
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        await_reply(self, command, timeout_ms, deadline, err);
    if (!reply)
        return NULL;
    const ph_value_t *body = ph_message_body(reply);
    if (strcmp(ph_value_string(ph_value_get(body, "status"), ""), "ok") != 0) {
        refused(body, err);
        return NULL;
    }
    return ph_steal(&reply);
}

int connection_cast(connection_t *self, const char *command, const ph_writer_t *properties,
                    struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *request =
        make_request(self, command, properties, true);
    return send_request(self, command, request, ph_clock_ms(), err);
}

/* ---- events ---- */

static const char sync_prefix[] = "plughost.sync.";

/* Receives one event's frames without waiting. Returns 1 with an event in `*event_p`, or with NULL
 * there for a message that is no event for the caller; 0 when nothing is there. The topic of a
 * marker goes to `marker`. */
static int receive_event(connection_t *self, ph_event_t **event_p, char marker[64])
{
    zmq_msg_t topic, body;
    zmq_msg_init(&topic);
    zmq_msg_init(&body);
    int received = zmq_msg_recv(&topic, self->sub, ZMQ_DONTWAIT) >= 0;
    if (received && zmq_msg_more(&topic) && zmq_msg_recv(&body, self->sub, 0) >= 0) {
        const char *name = zmq_msg_data(&topic);
        size_t size = zmq_msg_size(&topic);
        if (size >= sizeof sync_prefix && memcmp(name, sync_prefix, sizeof sync_prefix - 1) == 0)
            snprintf(marker, 64, "%.*s", (int)size, name);
        else
            *event_p = event_new(name, size, zmq_msg_data(&body), zmq_msg_size(&body), NULL);
    }
    zmq_msg_close(&topic);
    zmq_msg_close(&body);
    return received;
}

static void keep_event(connection_t *self, ph_event_t *event)
{
    struct waiting_event *waiting = ph_calloc(1, sizeof *waiting);
    waiting->event = event;
    *self->last_p = waiting;
    self->last_p = &waiting->next;
}

static int open_sub(connection_t *self, const char *pubsub, int timeout_ms, struct ph_error *err)
{
    if (self->sub)
        return 0;
    ph_cleanup(ph_message_destroy) ph_message_t *reply = NULL;
    if (!pubsub) {
        reply = connection_call(self, "version", NULL, timeout_ms, err);
        if (!reply)
            return -1;
        pubsub = ph_value_string(ph_value_get(ph_message_body(reply), "pubsub_endpoint"), "");
    }
    self->sub = open_socket(self, ZMQ_SUB, pubsub, err);
    return self->sub ? 0 : -1;
}

/* Waits for the marker; events that come before it are kept. */
static int await_marker(connection_t *self, const char *wanted, int64_t deadline,
                        struct ph_error *err)
{
    while (wait_either(self->sub, self->monitor, deadline)) {
        if (connection_was_lost(self))
            return ph_error_set(err, PH_UNAVAILABLE, "plughostd at %s went away", self->endpoint);
        ph_event_t *event = NULL;
        char marker[64] = "";
        receive_event(self, &event, marker);
        if (event)
            keep_event(self, event);
        if (strcmp(marker, wanted) == 0)
            return 0;
    }
    return ph_error_set(err, PH_TIMEOUT, "the subscription at %s was not confirmed in time",
                        self->endpoint);
}

int connection_sync(connection_t *self, int timeout_ms, struct ph_error *err)
{
    uint64_t nonce = 0;
    if (getrandom(&nonce, sizeof nonce, 0) != sizeof nonce)
        return ph_error_sys(err, "cannot get a random number");
    char marker[64];
    int length = snprintf(marker, sizeof marker, "%s%016" PRIx64, sync_prefix, nonce);
    connection_was_lost(self); /* what happened before does not count */
    zmq_setsockopt(self->sub, ZMQ_SUBSCRIBE, marker, (size_t)length);
    int outcome = await_marker(self, marker, deadline_after(timeout_ms), err);
    zmq_setsockopt(self->sub, ZMQ_UNSUBSCRIBE, marker, (size_t)length);
    return outcome;
}

int connection_subscribe(connection_t *self, const char *pubsub, const char *prefix, int timeout_ms,
                         struct ph_error *err)
{
    if (open_sub(self, pubsub, timeout_ms, err) < 0)
        return -1;
    zmq_setsockopt(self->sub, ZMQ_SUBSCRIBE, prefix, strlen(prefix));
    int outcome = connection_sync(self, timeout_ms, err);
    if (outcome < 0)
        zmq_setsockopt(self->sub, ZMQ_UNSUBSCRIBE, prefix, strlen(prefix));
    return outcome;
}

ph_event_t *connection_next_event(connection_t *self)
{
    if (self->first) {
        struct waiting_event *waiting = self->first;
        ph_event_t *event = waiting->event;
        self->first = waiting->next;
        if (!self->first)
            self->last_p = &self->first;
        free(waiting);
        return event;
    }
    ph_event_t *event = NULL;
    char marker[64];
    while (self->sub && !event && receive_event(self, &event, marker))
        continue;
    return event;
}

bool connection_has_event(const connection_t *self)
{
    return self->first != NULL;
}

void *connection_dealer(const connection_t *self)
{
    return self->dealer;
}

void *connection_monitor(const connection_t *self)
{
    return self->monitor;
}

void *connection_sub(const connection_t *self)
{
    return self->sub;
}
