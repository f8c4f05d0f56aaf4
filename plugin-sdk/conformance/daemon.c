#include "daemon.h"

#include "answers.h"
#include "daemon_state.h"
#include "wire.h"

#include <alloc.h>
#include <clock.h>
#include <endpoint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- sockets ---- */

static int bind_socket(void *socket, const char *address, struct ph_error *err)
{
    int linger_ms = 0;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    if (zmq_bind(socket, address) < 0)
        return ph_error_set(err, PH_SYSTEM, "cannot listen on '%s': %s", address,
                            zmq_strerror(zmq_errno()));
    return 0;
}

/* A context of its own for each run: its end waits until the old sockets have removed their files,
 * which would else take those of the new ones away. */
static int open_sockets(daemon_t *self, struct ph_error *err)
{
    self->run++;
    self->seq = 0;
    snprintf(self->epoch, sizeof self->epoch, "conformance%u", self->run);
    snprintf(self->mark_topic, sizeof self->mark_topic, "plughost.mark.session%u", self->run);
    self->context = zmq_ctx_new();
    self->router = zmq_socket(self->context, ZMQ_ROUTER);
    self->xpub = zmq_socket(self->context, ZMQ_XPUB);
    int is_verbose = 1; /* every subscription, known or not, so that each marker is seen */
    zmq_setsockopt(self->xpub, ZMQ_XPUB_VERBOSE, &is_verbose, sizeof is_verbose);
    if (bind_socket(self->router, self->endpoint, err) < 0)
        return -1;
    return bind_socket(self->xpub, self->pubsub, err);
}

static void close_sockets(daemon_t *self)
{
    zmq_close(self->router);
    zmq_close(self->xpub);
    zmq_ctx_term(self->context);
    unlink(ph_endpoint_ipc_path(self->endpoint)); /* not every libzmq does */
    unlink(ph_endpoint_ipc_path(self->pubsub));
    self->router = self->xpub = self->context = NULL;
    self->plugin.size = self->sender.size = 0;
    daemon_forget_prefixes(self);
    ph_message_destroy(&self->held_hello);
    ph_replace_text(&self->held_marker, NULL);
}

daemon_t *daemon_new(const struct daemon_settings *settings, const struct script *script,
                     record_t *record, struct ph_error *err)
{
    ph_cleanup(daemon_destroy) daemon_t *self = ph_calloc(1, sizeof *self);
    self->settings = *settings;
    self->script = *script;
    self->record = record;
    self->endpoint = ph_format("ipc://%s/endpoint.sock", settings->folder);
    self->pubsub = ph_format("ipc://%s/pubsub.sock", settings->folder);
    if (open_sockets(self, err) < 0)
        return NULL;
    return ph_steal(&self);
}

void daemon_destroy(daemon_t **self_p)
{
    daemon_t *self = *self_p;
    if (!self)
        return;
    close_sockets(self);
    free(self->endpoint);
    free(self->pubsub);
    free(self);
    *self_p = NULL;
}

const char *daemon_endpoint(const daemon_t *self)
{
    return self->endpoint;
}

const char *daemon_pubsub(const daemon_t *self)
{
    return self->pubsub;
}

const char *daemon_mark_topic(const daemon_t *self)
{
    return self->mark_topic;
}

int daemon_restart(daemon_t *self, struct ph_error *err)
{
    close_sockets(self);
    return open_sockets(self, err);
}

void daemon_poll_items(const daemon_t *self, zmq_pollitem_t items[2])
{
    items[0] = (zmq_pollitem_t){.socket = self->xpub, .events = ZMQ_POLLIN};
    items[1] = (zmq_pollitem_t){.socket = self->router, .events = ZMQ_POLLIN};
}

/* ---- subscriptions ---- */

/* What a marker's arrival proves must be true: the subscriptions before it have been taken. */
static void answer_marker(daemon_t *self, const char *topic)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = daemon_event_body(self);
    daemon_publish_body(self, topic, body);
}

static void take_marker(daemon_t *self, const char *topic)
{
    if (!self->script.is_slow) {
        answer_marker(self, topic);
        return;
    }
    ph_replace_text(&self->held_marker, topic);
    self->held_until_ms = ph_clock_ms() + DAEMON_HELD_MS;
}

static void take_subscription(daemon_t *self, const char *frame, size_t size)
{
    if (size == 0 || (frame[0] != 0 && frame[0] != 1))
        return; /* a message that a peer sends upstream: none of the protocol */
    bool is_wanted = frame[0] == 1;
    daemon_show(self, is_wanted ? "> subscribe" : "> unsubscribe", frame + 1);
    record_add(self->record, is_wanted ? ENTRY_SUBSCRIBE : ENTRY_UNSUBSCRIBE, frame + 1, NULL);
    if (is_wanted && strncmp(frame + 1, "plughost.sync.", 14) == 0)
        take_marker(self, frame + 1);
}

/* ---- requests and replies of the plugin ---- */

static char *value_text(const ph_value_t *value)
{
    if (ph_value_type(value) == PH_STRING)
        return ph_strdup(ph_value_string(value, ""));
    return ph_value_to_json(value);
}

static void take_wrong(daemon_t *self, const char *text)
{
    daemon_show(self, "> wrong:", text);
    record_add(self->record, ENTRY_WRONG, text, NULL);
}

/* A copy, because the message goes to the record. */
static void hold_hello(daemon_t *self, const ph_value_t *hello)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *copy = ph_writer_new();
    ph_writer_value(copy, "hello", hello);
    const void *data = ph_writer_data(copy, &size);
    ph_message_destroy(&self->held_hello);
    self->held_hello = ph_message_new(data, size, NULL);
    self->held_until_ms = ph_clock_ms() + DAEMON_HELD_MS;
}

static bool is_of_another_connection(const daemon_t *self, const char *command)
{
    return self->plugin.size > 0 && strncmp(command, "plugin.", 7) == 0 &&
           strcmp(command, "plugin.hello") != 0 &&
           (self->plugin.size != self->sender.size ||
            memcmp(self->plugin.id, self->sender.id, self->plugin.size) != 0);
}

static void take_request(daemon_t *self, ph_message_t *message)
{
    const ph_value_t *body = ph_message_body(message);
    ph_cleanup(ph_freep) char *command = value_text(ph_value_get(body, "command"));
    record_add(self->record, ENTRY_REQUEST, command, message);
    if (is_of_another_connection(self, command)) {
        ph_cleanup(ph_freep) char *text =
            ph_format("'%s' on another connection than 'plugin.hello'", command);
        take_wrong(self, text);
    }
    if (self->script.is_slow && strcmp(command, "plugin.hello") == 0)
        hold_hello(self, body);
    else
        answer(self, body);
}

static void take_message(daemon_t *self, ph_message_t *message)
{
    const ph_value_t *body = ph_message_body(message);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(body);
    daemon_show(self, ">", json);
    if (ph_value_get(body, "command")) {
        take_request(self, message);
    } else if (ph_value_get(body, "status")) {
        ph_cleanup(ph_freep) char *id = value_text(ph_value_get(body, "id"));
        record_add(self->record, ENTRY_REPLY, id, message);
    } else {
        take_wrong(self, "a map with neither 'command' nor 'status'");
        ph_message_destroy(&message);
    }
}

/* The first frame is the routing id. A DEALER sends one frame, or an empty one before it. */
static void take_frames(daemon_t *self, const struct frames *frames)
{
    bool has_empty = frames->count == 3 && frames->sizes[1] == 0;
    if (frames->count != 2 && !has_empty) {
        take_wrong(self, "a message with more than one frame behind the empty one");
        return;
    }
    size_t last = frames->count - 1;
    struct ph_error err;
    ph_message_t *message =
        body_decode(frames->data[last], frames->sizes[last], &self->is_json, &err);
    if (!message) {
        ph_cleanup(ph_freep) char *text = ph_format("a body that cannot be read: %s", err.message);
        take_wrong(self, text);
        return;
    }
    self->has_empty = has_empty;
    self->sender.size = frames->sizes[0];
    memcpy(self->sender.id, frames->data[0], frames->sizes[0]);
    take_message(self, message);
}

static void send_held(daemon_t *self)
{
    if (ph_clock_ms() < self->held_until_ms)
        return;
    if (self->held_hello) {
        answer(self, ph_value_get(ph_message_body(self->held_hello), "hello"));
        ph_message_destroy(&self->held_hello);
    }
    if (self->held_marker) {
        answer_marker(self, self->held_marker);
        ph_replace_text(&self->held_marker, NULL);
    }
}

void daemon_step(daemon_t *self)
{
    ph_cleanup(frames_release) struct frames frames = {0};
    while (frames_receive(&frames, self->xpub))
        take_subscription(self, frames.data[0], frames.sizes[0]);
    while (frames_receive(&frames, self->router))
        take_frames(self, &frames);
    send_held(self);
}
