#include "event.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

struct ph_event {
    ph_message_t *body;
    char *watcher;
    const char *action; /* a part of topic */
    char topic[];
};

ph_event_t *event_new(const char *topic, size_t topic_size, const void *body, size_t body_size,
                      struct ph_error *err)
{
    ph_cleanup(ph_event_destroy) ph_event_t *self = ph_calloc(1, sizeof *self + topic_size + 1);
    self->body = ph_message_new(body, body_size, err);
    if (!self->body)
        return NULL;

    memcpy(self->topic, topic, topic_size);
    const char *dot = strrchr(self->topic, '.');
    self->action = dot ? dot + 1 : self->topic;

    static const char prefix[] = "watcher.";
    const char *name = self->topic + sizeof prefix - 1;
    bool is_watcher = strncmp(self->topic, prefix, sizeof prefix - 1) == 0 && dot > name;
    self->watcher = is_watcher ? ph_strndup(name, (size_t)(dot - name)) : ph_strdup("");
    return ph_steal(&self);
}

void ph_event_destroy(ph_event_t **self_p)
{
    ph_event_t *self = *self_p;
    if (!self)
        return;
    ph_message_destroy(&self->body);
    free(self->watcher);
    free(self);
    *self_p = NULL;
}

const char *ph_event_topic(const ph_event_t *self)
{
    return self->topic;
}

const char *ph_event_watcher(const ph_event_t *self)
{
    return self->watcher;
}

const char *ph_event_action(const ph_event_t *self)
{
    return self->action;
}

const ph_value_t *ph_event_body(const ph_event_t *self)
{
    return ph_message_body(self->body);
}

double ph_event_time(const ph_event_t *self)
{
    return ph_value_float(ph_value_get(ph_event_body(self), "time"), 0);
}

const char *ph_event_epoch(const ph_event_t *self)
{
    return ph_value_string(ph_value_get(ph_event_body(self), "epoch"), "");
}

uint64_t ph_event_seq(const ph_event_t *self)
{
    return (uint64_t)ph_value_int(ph_value_get(ph_event_body(self), "seq"), 0);
}
