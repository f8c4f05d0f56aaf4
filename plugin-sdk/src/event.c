#include "event.h"

#include "stamp.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

/* What is made when somebody asks for it. */
struct event_cache {
    ph_message_t *message;
    char *watcher;
};

struct ph_event {
    struct event_cache *cache; /* own, but not const when the event is */
    struct event_cache own;
    struct stamp stamp;
    const char *epoch; /* of the stamp or of the message */
    size_t topic_size;
    size_t body_size;
    char bytes[]; /* the topic, a NUL, the body */
};

static const char *body_bytes(const ph_event_t *self)
{
    return self->bytes + self->topic_size + 1;
}

/* A body that does not begin with the stamp is no mistake: it has to be decoded for it. */
static int find_stamp(ph_event_t *self, struct ph_error *err)
{
    if (stamp_read(&self->stamp, body_bytes(self), self->body_size)) {
        self->epoch = self->stamp.epoch;
        return 0;
    }
    self->own.message = ph_message_new(body_bytes(self), self->body_size, err);
    if (!self->own.message)
        return -1;
    const ph_value_t *body = ph_message_body(self->own.message);
    self->stamp.time = ph_value_float(ph_value_get(body, "time"), 0);
    self->stamp.seq = (uint64_t)ph_value_int(ph_value_get(body, "seq"), 0);
    self->epoch = ph_value_string(ph_value_get(body, "epoch"), "");
    return 0;
}

ph_event_t *event_new(const char *topic, size_t topic_size, const void *body, size_t body_size,
                      struct ph_error *err)
{
    ph_event_t *self = malloc(sizeof *self + topic_size + 1 + body_size);
    if (!self)
        abort();
    self->cache = &self->own;
    self->own = (struct event_cache){0};
    self->topic_size = topic_size;
    self->body_size = body_size;
    memcpy(self->bytes, topic, topic_size);
    self->bytes[topic_size] = '\0';
    memcpy(self->bytes + topic_size + 1, body, body_size);
    if (find_stamp(self, err) < 0)
        ph_event_destroy(&self);
    return self;
}

void ph_event_destroy(ph_event_t **self_p)
{
    ph_event_t *self = *self_p;
    if (!self)
        return;
    ph_message_destroy(&self->own.message);
    free(self->own.watcher);
    free(self);
    *self_p = NULL;
}

bool event_begins_with(const ph_event_t *self, const char *prefix)
{
    size_t size = strlen(prefix);
    return size <= self->topic_size && memcmp(self->bytes, prefix, size) == 0;
}

bool event_is_numbered(const ph_event_t *self)
{
    switch (self->bytes[0]) {
    case 'l':
        return !event_begins_with(self, "log.");
    case 'p':
        return !event_begins_with(self, "plughost.sync.") &&
               !event_begins_with(self, "plughost.mark.");
    default:
        return true;
    }
}

const char *ph_event_topic(const ph_event_t *self)
{
    return self->bytes;
}

const char *ph_event_watcher(const ph_event_t *self)
{
    static const char prefix[] = "watcher.";
    if (!event_begins_with(self, prefix))
        return "";
    const char *name = self->bytes + sizeof prefix - 1;
    const char *dot = strrchr(self->bytes, '.');
    if (dot <= name)
        return "";
    if (!self->cache->watcher)
        self->cache->watcher = ph_strndup(name, (size_t)(dot - name));
    return self->cache->watcher;
}

const char *ph_event_action(const ph_event_t *self)
{
    const char *dot = strrchr(self->bytes, '.');
    return dot ? dot + 1 : self->bytes;
}

const ph_value_t *ph_event_body(const ph_event_t *self)
{
    static const char empty_map[] = "\x80";
    if (!self->cache->message)
        self->cache->message = ph_message_new(body_bytes(self), self->body_size, NULL);
    if (!self->cache->message)
        self->cache->message = ph_message_new(empty_map, 1, NULL);
    return ph_message_body(self->cache->message);
}

double ph_event_time(const ph_event_t *self)
{
    return self->stamp.time;
}

const char *ph_event_epoch(const ph_event_t *self)
{
    return self->epoch;
}

uint64_t ph_event_seq(const ph_event_t *self)
{
    return self->stamp.seq;
}
