#include "bus.h"

#include <alloc.h>
#include <clock.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { SUBSCRIPTIONS_AT_ONCE = 64 };

struct bus {
    loop_t *loop;
    zsock_t *socket;
    ph_log_t *log;
    char epoch[17];
    int64_t seq;
};

static void put_stamp(const bus_t *self, ph_writer_t *body, int64_t seq)
{
    ph_writer_float(body, "time", ph_clock_wall());
    ph_writer_string(body, "epoch", self->epoch);
    ph_writer_int(body, "seq", seq);
}

static void send_event(bus_t *self, const char *topic, size_t topic_size, const ph_writer_t *body)
{
    size_t size;
    const void *data = ph_writer_data(body, &size);
    void *socket = zsock_resolve(self->socket);
    /* A PUB socket never blocks: it drops for the subscriber that is too slow. */
    if (zmq_send(socket, topic, topic_size, ZMQ_SNDMORE) >= 0)
        zmq_send(socket, data, size, 0);
}

/* Answers a subscription to plughost.sync.X with one message on that topic: the subscriber then
 * knows that this and its earlier subscriptions are active. */
static void answer_sync(bus_t *self, const char *topic, size_t size)
{
    static const char prefix[] = "plughost.sync.";
    if (size < sizeof prefix || memcmp(topic, prefix, sizeof prefix - 1) != 0)
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    put_stamp(self, body, self->seq);
    send_event(self, topic, size, body);
}

static void on_subscriptions(void *arg)
{
    bus_t *self = arg;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    for (int i = 0; i < SUBSCRIPTIONS_AT_ONCE; i++) {
        if (zmq_msg_recv(&frame, zsock_resolve(self->socket), ZMQ_DONTWAIT) < 0)
            break;
        const char *data = zmq_msg_data(&frame);
        size_t size = zmq_msg_size(&frame);
        if (size > 1 && data[0] == 1) /* 1: subscribe, 0: unsubscribe */
            answer_sync(self, data + 1, size - 1);
    }
    zmq_msg_close(&frame);
}

bus_t *bus_new(loop_t *loop, zsock_t **socket_p, ph_log_t *log)
{
    bus_t *self = ph_calloc(1, sizeof *self);
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint64_t)(ph_clock_wall() * 1e6);
    snprintf(self->epoch, sizeof self->epoch, "%016" PRIx64, random);
    self->loop = loop;
    self->log = log;
    self->socket = ph_steal(socket_p);
    loop_watch_socket(loop, self->socket, on_subscriptions, self);
    return self;
}

void bus_destroy(bus_t **self_p)
{
    bus_t *self = *self_p;
    if (!self)
        return;
    loop_forget_socket(self->loop, self->socket);
    zsock_destroy(&self->socket);
    free(self);
    *self_p = NULL;
}

static char small_letter(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Returns the topic, which the caller frees. As in Circus a name is in small letters, without
 * blanks. */
static char *make_topic(const struct event_info *info, const char *subject)
{
    if (info->is_daemon)
        return ph_format("plughost.%s", info->action);
    char *topic = ph_format("watcher.%s.%s", subject, info->action);
    for (char *c = topic; *c; c++)
        *c = *c == ' ' ? '_' : small_letter(*c);
    return topic;
}

void bus_publish(bus_t *self, enum event_kind kind, const char *subject, const ph_writer_t *fields,
                 const char *text)
{
    const struct event_info *info = &event_infos[kind];
    ph_log(self->log, info->log_level, "%s: %s", subject ? subject : "plughostd", text);

    ph_cleanup(ph_freep) char *topic = make_topic(info, subject);
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    put_stamp(self, body, ++self->seq);
    ph_writer_merge(body, fields);
    send_event(self, topic, strlen(topic), body);
}

const char *bus_epoch(const bus_t *self)
{
    return self->epoch;
}
