#include "daemon_state.h"
#include "wire.h"

#include <alloc.h>
#include <clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void daemon_show(const daemon_t *self, const char *what, const char *text)
{
    if (self->settings.is_verbose)
        printf("     %s %s\n", what, text);
}

static void show_body(const daemon_t *self, const char *what, const ph_writer_t *body)
{
    if (!self->settings.is_verbose)
        return;
    ph_cleanup(ph_freep) char *json = body_to_json(body);
    daemon_show(self, what, json);
}

/* ---- to the plugin ---- */

static void send_to_plugin(daemon_t *self, const void *data, size_t size)
{
    frames_send(self->router, self->plugin.id, self->plugin.size, true);
    frames_send(self->router, data, size, false);
}

static void send_to_sender(daemon_t *self, const void *data, size_t size)
{
    frames_send(self->router, self->sender.id, self->sender.size, true);
    if (self->has_empty)
        frames_send(self->router, "", 0, true);
    frames_send(self->router, data, size, false);
}

void daemon_reply(daemon_t *self, const ph_writer_t *body)
{
    show_body(self, "<", body);
    if (self->is_json) {
        ph_cleanup(ph_freep) char *json = body_to_json(body);
        send_to_sender(self, json, strlen(json));
        return;
    }
    size_t size;
    const void *data = ph_writer_data(body, &size);
    send_to_sender(self, data, size);
}

void daemon_request(daemon_t *self, const char *command, int64_t id, const ph_writer_t *properties,
                    bool is_cast)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_string(body, "command", command);
    if (is_cast)
        ph_writer_string(body, "msg_type", "cast");
    else
        ph_writer_int(body, "id", id);
    ph_writer_map(body, "properties");
    ph_writer_merge(body, properties);
    ph_writer_end(body);
    if (self->script.has_unknown_fields)
        ph_writer_string(body, "of_a_later_version", "to be ignored");
    show_body(self, "<", body);
    size_t size;
    const void *data = ph_writer_data(body, &size);
    send_to_plugin(self, data, size);
}

void daemon_send_bytes(daemon_t *self, const void *data, size_t size)
{
    daemon_show(self, "<", "(bytes that are no message)");
    send_to_plugin(self, data, size);
}

/* ---- events ---- */

ph_writer_t *daemon_event_body(const daemon_t *self)
{
    ph_writer_t *body = ph_writer_new();
    ph_writer_float(body, "time", ph_clock_wall());
    ph_writer_string(body, "epoch", self->epoch);
    ph_writer_int(body, "seq", (int64_t)self->seq);
    if (self->script.has_unknown_fields)
        ph_writer_string(body, "of_a_later_version", "to be ignored");
    return body;
}

void daemon_publish_bytes(daemon_t *self, const char *topic, const void *data, size_t size)
{
    frames_send(self->xpub, topic, strlen(topic), true);
    frames_send(self->xpub, data, size, false);
}

void daemon_publish_body(daemon_t *self, const char *topic, const ph_writer_t *body)
{
    ph_cleanup(ph_freep) char *what = ph_format("< event %s", topic);
    show_body(self, what, body);
    size_t size;
    const void *data = ph_writer_data(body, &size);
    daemon_publish_bytes(self, topic, data, size);
}

/* Each event counts once, however many prefixes it fits. */
static void count_event(daemon_t *self, const char *topic)
{
    self->seq++;
    for (size_t i = 0; i < self->prefix_count; i++) {
        const struct prefix *prefix = &self->prefixes[i];
        if (self->seq > prefix->seq && strncmp(topic, prefix->text, strlen(prefix->text)) == 0) {
            self->expected++;
            return;
        }
    }
}

void daemon_publish_fields(daemon_t *self, const char *topic, const ph_value_t *fields)
{
    count_event(self, topic);
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = daemon_event_body(self);
    ph_writer_string(body, "reason", "a test of conformance");
    ph_writer_string(body, "publisher", "uid 0 pid 1");
    const ph_value_t *key;
    const ph_value_t *value;
    for (size_t i = 0; (value = ph_value_entry(fields, i, &key)); i++)
        ph_writer_value(body, ph_value_string(key, ""), value);
    daemon_publish_body(self, topic, body);
}

void daemon_publish(daemon_t *self, const char *topic)
{
    daemon_publish_fields(self, topic, NULL);
}

void daemon_lose(daemon_t *self, const char *topic)
{
    count_event(self, topic);
    daemon_show(self, "< event that gets lost:", topic);
}

void daemon_mark(daemon_t *self)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = daemon_event_body(self);
    ph_writer_int(body, "expected", self->expected);
    daemon_publish_body(self, self->mark_topic, body);
}

/* ---- what counts ---- */

void daemon_count_prefix(daemon_t *self, const char *text)
{
    self->prefixes =
        ph_realloc_array(self->prefixes, self->prefix_count + 1, sizeof *self->prefixes);
    self->prefixes[self->prefix_count++] =
        (struct prefix){.text = ph_strdup(text), .seq = self->seq};
}

void daemon_forget_prefix(daemon_t *self, const char *text)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->prefix_count; i++) {
        if (strcmp(self->prefixes[i].text, text) == 0)
            free(self->prefixes[i].text);
        else
            self->prefixes[kept++] = self->prefixes[i];
    }
    self->prefix_count = kept;
}

void daemon_forget_prefixes(daemon_t *self)
{
    for (size_t i = 0; i < self->prefix_count; i++)
        free(self->prefixes[i].text);
    free(self->prefixes);
    self->prefixes = NULL;
    self->prefix_count = 0;
    self->expected = 0;
}
