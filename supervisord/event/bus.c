#include "bus.h"

#include "outbox.h"

#include <alloc.h>
#include <clock.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <wire/utf8.h>
#include <wire/writer.h>

enum { SUBSCRIPTIONS_AT_ONCE = 64 };

struct bus {
    loop_t *loop;
    zsock_t *socket;
    void *handle; /* of the socket, for ZeroMQ itself */
    ph_log_t *log;
    char epoch[17];
    int64_t seq;
    size_t followers; /* different topics that somebody subscribes to and that begin with log. */
    bus_followers_fn *on_followers;
    void *arg;
    bus_event_fn *on_event;
    void *event_arg;
    struct bus_tap tap;
    ph_writer_t *body; /* of an application's event: these come in floods */
    struct outbox outbox;
};

static void put_stamp(const bus_t *self, ph_writer_t *body, double time, int64_t seq)
{
    ph_writer_float(body, "time", time);
    ph_writer_string(body, "epoch", self->epoch);
    ph_writer_int(body, "seq", seq);
}

static void send_outbox(void *arg)
{
    bus_t *self = arg;
    if (self->outbox.count == 0)
        return;
    outbox_send(&self->outbox, self->handle);
    loop_touch_socket(self->loop, self->socket);
}

static void send_event(bus_t *self, const char *topic, size_t topic_size, const ph_writer_t *body)
{
    size_t size;
    const void *data = ph_writer_data(body, &size);
    send_outbox(self); /* which came before */
    /* A PUB socket never blocks: it drops for the subscriber that is too slow. */
    if (zmq_send(self->handle, topic, topic_size, ZMQ_SNDMORE) >= 0)
        zmq_send(self->handle, data, size, 0);
    loop_touch_socket(self->loop, self->socket);
}

static void tell_listener(const bus_t *self, const char *topic, size_t size)
{
    if (self->on_event)
        self->on_event(self->event_arg, topic, size);
}

/* Answers a subscription to plughost.sync.X with one message on that topic: the subscriber then
 * knows that this and its earlier subscriptions are active. */
static void answer_sync(bus_t *self, const char *topic, size_t size)
{
    static const char prefix[] = "plughost.sync.";
    if (size < sizeof prefix || memcmp(topic, prefix, sizeof prefix - 1) != 0)
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    put_stamp(self, body, ph_clock_wall(), self->seq);
    send_event(self, topic, size, body);
}

static void count_follower(bus_t *self, const char *topic, size_t size, bool is_new)
{
    static const char prefix[] = "log.";
    if (size < sizeof prefix - 1 || memcmp(topic, prefix, sizeof prefix - 1) != 0)
        return;
    bool were_there = self->followers > 0;
    self->followers = is_new ? self->followers + 1 : self->followers - were_there;
    bool are_there = self->followers > 0;
    if (are_there != were_there && self->on_followers)
        self->on_followers(self->arg, are_there);
}

static void take_subscription(bus_t *self, const char *data, size_t size)
{
    if (size < 2)
        return;
    bool is_new = data[0] == 1; /* 0: it ends */
    count_follower(self, data + 1, size - 1, is_new);
    if (is_new)
        answer_sync(self, data + 1, size - 1);
}

static bool on_subscriptions(void *arg)
{
    bus_t *self = arg;
    bool is_there = true;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    for (int i = 0; is_there && i < SUBSCRIPTIONS_AT_ONCE; i++) {
        is_there = zmq_msg_recv(&frame, self->handle, ZMQ_DONTWAIT) >= 0;
        if (is_there)
            take_subscription(self, zmq_msg_data(&frame), zmq_msg_size(&frame));
    }
    zmq_msg_close(&frame);
    return is_there;
}

bus_t *bus_new(loop_t *loop, zsock_t **socket_p, ph_log_t *log, struct ph_error *err)
{
    ph_cleanup(bus_destroy) bus_t *self = ph_calloc(1, sizeof *self);
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != sizeof random)
        random = (uint64_t)(ph_clock_wall() * 1e6);
    snprintf(self->epoch, sizeof self->epoch, "%016" PRIx64, random);
    self->loop = loop;
    self->log = log;
    self->socket = ph_steal(socket_p);
    self->handle = zsock_resolve(self->socket);
    self->body = ph_writer_new();
    if (loop_watch_socket(loop, self->socket, on_subscriptions, self, err) < 0)
        return NULL;
    loop_before_wait(loop, send_outbox, self);
    return ph_steal(&self);
}

void bus_destroy(bus_t **self_p)
{
    bus_t *self = *self_p;
    if (!self)
        return;
    loop_before_wait(self->loop, NULL, NULL);
    send_outbox(self);
    outbox_release(&self->outbox);
    loop_forget_socket(self->loop, self->socket);
    zsock_destroy(&self->socket);
    ph_writer_destroy(&self->body);
    free(self);
    *self_p = NULL;
}

static char small_letter(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* As in Circus a name in a topic is in small letters, without blanks. */
static char *in_small_letters(char *topic)
{
    for (char *c = topic; *c; c++)
        *c = *c == ' ' ? '_' : small_letter(*c);
    return topic;
}

/* Returns the topic, which the caller frees. */
static char *make_topic(const struct event_info *info, const char *subject)
{
    if (info->is_daemon)
        return ph_format("plughost.%s", info->action);
    return in_small_letters(ph_format("watcher.%s.%s", subject, info->action));
}

void bus_publish(bus_t *self, enum event_kind kind, const char *subject, const ph_writer_t *fields,
                 const char *text)
{
    const struct event_info *info = &event_infos[kind];
    ph_log(self->log, info->log_level, "%s: %s", subject ? subject : "plughostd", text);

    ph_cleanup(ph_freep) char *topic = make_topic(info, subject);
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    double time = ph_clock_wall();
    put_stamp(self, body, time, ++self->seq);
    ph_writer_merge(body, fields);
    send_event(self, topic, strlen(topic), body);
    tell_listener(self, topic, strlen(topic));
    const struct bus_event event = {.kind = kind, .topic = topic, .time = time, .fields = fields};
    if (self->tap.on_event)
        self->tap.on_event(self->tap.arg, &event);
}

void bus_set_tap(bus_t *self, const struct bus_tap *tap)
{
    self->tap = *tap;
}

void bus_note_active(bus_t *self, const char *watcher)
{
    if (!self->tap.on_active)
        return;
    ph_cleanup(ph_freep) char *topic = make_topic(&event_infos[EVENT_START], watcher);
    self->tap.on_active(self->tap.arg, topic, ph_clock_wall());
}

int64_t bus_publish_application(bus_t *self, const char *topic, size_t topic_size,
                                const char *publisher, struct wire_slice fields)
{
    size_t size;
    ph_writer_clear(self->body);
    put_stamp(self, self->body, ph_clock_wall(), ++self->seq);
    ph_writer_string(self->body, "publisher", publisher);
    wire_write_entries(self->body, fields);
    const void *data = ph_writer_data(self->body, &size);
    if (self->outbox.count == OUTBOX_MAX)
        send_outbox(self);
    outbox_put(&self->outbox, topic, topic_size, data, size);
    tell_listener(self, topic, topic_size);
    return self->seq;
}

void bus_publish_mark(bus_t *self, const char *word, uint64_t expected)
{
    ph_cleanup(ph_freep) char *topic = ph_format("plughost.mark.%s", word);
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    put_stamp(self, body, ph_clock_wall(), self->seq);
    ph_writer_int(body, "expected", (int64_t)expected);
    send_event(self, topic, strlen(topic), body);
}

/* Makes text of it that a message may hold; the newlines stay. */
static char *make_text(const struct block *block)
{
    char *text = ph_calloc(1, block->size + 1);
    memcpy(text, block->data, block->size);
    for (size_t i = 0; i < block->size; i++)
        if (text[i] == '\0')
            text[i] = '?';
    for (char *line = text; *line;) {
        char *end = line + strcspn(line, "\n");
        bool has_newline = *end == '\n';
        *end = '\0';
        ph_text_mend(line);
        if (has_newline)
            *end = '\n';
        line = end + has_newline;
    }
    return text;
}

void bus_publish_output(bus_t *self, const struct block *block)
{
    ph_cleanup(ph_freep) char *topic = in_small_letters(ph_format("log.%s", block->watcher));
    ph_cleanup(ph_freep) char *text = make_text(block);
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    put_stamp(self, body, block->time, self->seq);
    ph_writer_string(body, "name", block->watcher);
    ph_writer_int(body, "wid", block->wid);
    ph_writer_int(body, "pid", block->pid);
    ph_writer_string(body, "stream", block->stream == BLOCK_STDOUT ? "stdout" : "stderr");
    ph_writer_string(body, "text", text);
    send_event(self, topic, strlen(topic), body);
}

void bus_listen_for_followers(bus_t *self, bus_followers_fn *on_followers, void *arg)
{
    self->on_followers = on_followers;
    self->arg = arg;
}

void bus_listen_for_events(bus_t *self, bus_event_fn *on_event, void *arg)
{
    self->on_event = on_event;
    self->event_arg = arg;
}

int64_t bus_seq(const bus_t *self)
{
    return self->seq;
}

const char *bus_epoch(const bus_t *self)
{
    return self->epoch;
}
