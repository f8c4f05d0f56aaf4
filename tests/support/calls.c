#include "calls.h"

#include "files.h"

#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wire/json.h>

enum { CALL_MS = 10000 };

/* ---- commands ---- */

static ph_writer_t *read_properties(const char *properties)
{
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};
    struct ph_error err;
    ph_cleanup(ph_freep) char *json = text_replace(properties, "'", "\"");
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(json, strlen(json), &limits, &err);
    cr_assert(message, "'%s' is no JSON: %s", json, err.message);
    ph_writer_t *writer = ph_writer_new();
    const ph_value_t *body = ph_message_body(message);
    for (size_t i = 0; i < ph_value_size(body); i++) {
        const ph_value_t *key;
        const ph_value_t *value = ph_value_entry(body, i, &key);
        ph_writer_value(writer, ph_value_string(key, ""), value);
    }
    return writer;
}

ph_message_t *daemon_call_try(daemon_t *self, const char *command, const char *properties,
                              struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = read_properties(properties);
    return ph_client_call(daemon_client(self), command, writer, CALL_MS, err);
}

ph_message_t *daemon_call(daemon_t *self, const char *command, const char *properties)
{
    struct ph_error err;
    ph_message_t *reply = daemon_call_try(self, command, properties, &err);
    if (!reply) {
        ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(self));
        cr_assert_fail("'%s %s' was refused: %s\n%s", command, properties, err.message, log);
    }
    return reply;
}

void daemon_call_do(daemon_t *self, const char *command, const char *properties)
{
    ph_message_t *reply = daemon_call(self, command, properties);
    ph_message_destroy(&reply);
}

struct ph_error daemon_call_refused(daemon_t *self, const char *command, const char *properties)
{
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call_try(self, command, properties, &err);
    cr_assert_null(reply, "'%s %s' was not refused", command, properties);
    return err;
}

raw_t *daemon_send(daemon_t *self, const char *command, const char *properties)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = read_properties(properties);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = ph_writer_new();
    ph_writer_string(request, "command", command);
    ph_writer_map(request, "properties");
    ph_writer_merge(request, writer);
    ph_writer_end(request);
    raw_t *client = raw_new(daemon_endpoint(self), ZMQ_DEALER);
    raw_send_map(client, request, 0);
    return client;
}

void call_expect_done(raw_t *client, int timeout_ms)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, timeout_ms);
    cr_assert_str_eq(reply_text(reply, "status"), "ok", "%s", reply_text(reply, "reason"));
}

void call_expect_refused(raw_t *client, const char *text, int timeout_ms)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, timeout_ms);
    cr_assert_str_eq(reply_text(reply, "status"), "error");
    cr_assert(strstr(reply_text(reply, "reason"), text), "'%s' instead of '%s'",
              reply_text(reply, "reason"), text);
}

/* ---- events ---- */

static ph_event_t *next_event(daemon_t *self, int64_t deadline)
{
    int64_t left = deadline - ph_clock_ms();
    return left > 0 ? ph_client_receive(daemon_client(self), (int)left, NULL) : NULL;
}

static void add_action(char **text_p, const char *topic)
{
    ph_cleanup(ph_freep) char *before = *text_p;
    *text_p = ph_format("%s%s%s", before, before[0] ? " " : "", strrchr(topic, '.') + 1);
}

char *daemon_actions_until(daemon_t *self, const char *prefix, const char *last, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    char *text = ph_strdup("");
    for (bool is_last = false; !is_last;) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = next_event(self, deadline);
        cr_assert(event, "no event '%s' within %d ms, but: %s", last, timeout_ms, text);
        const char *topic = ph_event_topic(event);
        if (strncmp(topic, prefix, strlen(prefix)) == 0)
            add_action(&text, topic);
        is_last = strcmp(topic, last) == 0;
    }
    return text;
}

void daemon_pass_event(daemon_t *self, const char *topic, int timeout_ms)
{
    ph_event_t *event = daemon_wait_event(self, topic, timeout_ms);
    ph_event_destroy(&event);
}

void daemon_expect_order(daemon_t *self, const char *const *topics, int timeout_ms)
{
    for (; *topics; topics++)
        daemon_pass_event(self, *topics, timeout_ms);
}

/* ---- what there is ---- */

size_t daemon_pids(daemon_t *self, const char *name, pid_t *pids, size_t max)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_command(self, "list", name, false);
    const ph_value_t *list = ph_value_get(ph_message_body(reply), "pids");
    size_t count = ph_value_size(list);
    for (size_t i = 0; i < count && i < max; i++)
        pids[i] = (pid_t)ph_value_int(ph_value_at(list, i), 0);
    return count < max ? count : max;
}

void daemon_touch(const daemon_t *self, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    file_write(path, "");
}

void daemon_remove(const daemon_t *self, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    unlink(path);
}
