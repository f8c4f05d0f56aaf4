#include "publisher.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>
#include <wire/writer.h>

enum { SUBSCRIPTIONS_AT_ONCE = 64 };

struct circus_publisher {
    loop_t *loop;
    bus_t *bus;
    zsock_t *socket;
    size_t subscriptions; /* different ones; nothing is encoded while there are none */
};

/* What Circus has of our events, beside `time`, which stands behind `process_pid` or `name`. A
 * missing `first` means that Circus has no such event: a process that could not be started was none
 * there. Its start is told when a watcher has come up, not when it begins. */
struct form {
    bool is_there;
    const char *first;  /* before the time; NULL: none */
    const char *second; /* behind it; NULL: none */
};

static const struct form forms[EVENT_KIND_COUNT] = {
    [EVENT_SPAWN] = {.is_there = true, .first = "process_pid"},
    [EVENT_KILL] = {.is_there = true, .first = "process_pid"},
    [EVENT_REAP] = {.is_there = true, .first = "process_pid", .second = "exit_code"},
    [EVENT_STOP] = {.is_there = true},
    [EVENT_RELOAD] = {.is_there = true},
    [EVENT_UPDATED] = {.is_there = true},
    [EVENT_ADD] = {.is_there = true},
    [EVENT_REMOVE] = {.is_there = true},
    [EVENT_HOOK_SUCCESS] = {.is_there = true, .first = "name"},
    [EVENT_HOOK_FAILURE] = {.is_there = true, .first = "name", .second = "error"},
};

static void send_event(circus_publisher_t *self, const char *topic, const ph_writer_t *body)
{
    size_t size;
    const void *data = ph_writer_data(body, &size);
    ph_cleanup(ph_freep) char *json =
        wire_json_of((struct wire_slice){data, size}, WIRE_JSON_PYTHON, &size);
    void *socket = zsock_resolve(self->socket);
    /* A PUB socket never blocks: it drops for the subscriber that is too slow. */
    if (zmq_send(socket, topic, strlen(topic), ZMQ_SNDMORE) >= 0)
        zmq_send(socket, json, size, 0);
    loop_touch_socket(self->loop, self->socket);
}

static void write_field(ph_writer_t *body, const char *key, struct wire_slice fields)
{
    if (key)
        wire_write_slice(body, key, wire_slice_get(fields, key));
}

static void on_event(void *arg, const struct bus_event *event)
{
    circus_publisher_t *self = arg;
    const struct form *form = &forms[event->kind];
    size_t size = 0;
    if (self->subscriptions == 0 || !form->is_there)
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *nothing = ph_writer_new();
    const void *data = ph_writer_data(event->fields ? event->fields : nothing, &size);
    struct wire_slice fields = wire_slice_of(data, size);
    if (form->first && !wire_slice_get(fields, form->first).at)
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    write_field(body, form->first, fields);
    ph_writer_float(body, "time", event->time);
    write_field(body, form->second, fields);
    send_event(self, event->topic, body);
}

static void on_active(void *arg, const char *topic, double time)
{
    circus_publisher_t *self = arg;
    if (self->subscriptions == 0)
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_float(body, "time", time);
    send_event(self, topic, body);
}

/* The XPUB tells of the first subscription to a topic and of the end of the last. */
static bool on_subscriptions(void *arg)
{
    circus_publisher_t *self = arg;
    zmq_msg_t frame;
    bool is_there = true;
    zmq_msg_init(&frame);
    for (int i = 0; is_there && i < SUBSCRIPTIONS_AT_ONCE; i++) {
        is_there = zmq_msg_recv(&frame, zsock_resolve(self->socket), ZMQ_DONTWAIT) >= 0;
        const char *data = zmq_msg_data(&frame);
        if (!is_there || zmq_msg_size(&frame) == 0)
            continue;
        if (data[0] == 1)
            self->subscriptions++;
        else if (data[0] == 0 && self->subscriptions > 0)
            self->subscriptions--;
    }
    zmq_msg_close(&frame);
    return is_there;
}

circus_publisher_t *circus_publisher_new(loop_t *loop, bus_t *bus, zsock_t **socket_p,
                                         struct ph_error *err)
{
    ph_cleanup(circus_publisher_destroy) circus_publisher_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->bus = bus;
    self->socket = ph_steal(socket_p);
    if (loop_watch_socket(loop, self->socket, on_subscriptions, self, err) < 0)
        return NULL;
    const struct bus_tap tap = {.on_event = on_event, .on_active = on_active, .arg = self};
    bus_set_tap(bus, &tap);
    return ph_steal(&self);
}

void circus_publisher_destroy(circus_publisher_t **self_p)
{
    const struct bus_tap nothing = {0};
    circus_publisher_t *self = *self_p;
    if (!self)
        return;
    bus_set_tap(self->bus, &nothing);
    loop_forget_socket(self->loop, self->socket);
    zsock_destroy(&self->socket);
    free(self);
    *self_p = NULL;
}
