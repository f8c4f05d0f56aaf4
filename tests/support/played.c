#include "played.h"

#include "files.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wire/json.h>

enum { WAIT_MS = 10000 };

struct played {
    daemon_t *daemon;
    pid_t pid;
    ph_message_t *inherited;
};

/* ---- the process ---- */

/* What the daemon takes for Python: it keeps what it inherits for the test, and does nothing. */
static void write_program(const daemon_t *daemon, const char *traps)
{
    ph_cleanup(ph_freep) char *folder = daemon_path(daemon, "bin");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "bin/python3");
    ph_cleanup(ph_freep) char *text =
        ph_format("#!/bin/sh\n%s\ncat /proc/self/fd/$PLUGHOST_FD >%s/inherited.new\n"
                  "mv %s/inherited.new %s/inherited\nexec %s run\n",
                  traps, daemon_dir(daemon), daemon_dir(daemon), daemon_dir(daemon), TEST_CHILD);
    mkdir(folder, 0755);
    file_write(path, text);
    cr_assert_eq(chmod(path, 0755), 0);
}

static ph_message_t *read_inherited(const char *path)
{
    static char bytes[1 << 16];
    struct ph_error err;
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    ph_message_t *message = ph_message_new(bytes, size, &err);
    cr_assert_not_null(message, "%s", err.message);
    return message;
}

void played_renew(played_t *self)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self->daemon, "inherited");
    cr_assert(file_wait_exists(path, WAIT_MS), "it was not executed");
    ph_message_destroy(&self->inherited);
    self->inherited = read_inherited(path);
    unlink(path);
    self->pid = daemon_status(self->daemon, "plugin:played").pid;
}

played_t *played_start(daemon_t *daemon, const char *traps)
{
    played_t *self = ph_calloc(1, sizeof *self);
    self->daemon = daemon;
    write_program(daemon, traps);
    daemon_do(daemon, "start", "plugin:played", false);
    played_renew(self);
    return self;
}

void played_destroy(played_t **self_p)
{
    if (*self_p)
        ph_message_destroy(&(*self_p)->inherited);
    free(*self_p);
    *self_p = NULL;
}

pid_t played_pid(const played_t *self)
{
    return self->pid;
}

const char *played_token(const played_t *self)
{
    return reply_text(self->inherited, "token");
}

const char *played_option(const played_t *self, const char *key)
{
    const ph_value_t *options = ph_value_get(ph_message_body(self->inherited), "options");
    return ph_value_string(ph_value_get(options, key), "(none)");
}

/* ---- the session ---- */

static raw_t *say_hello(const daemon_t *daemon, const char *name, const char *more)
{
    raw_t *plugin = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *hello =
        ph_format("{'command': 'plugin.hello', 'id': 1, 'properties': {'name': '%s',"
                  "'protocol_min': 1, 'protocol_max': 1%s}}",
                  name, more);
    raw_ask_well(plugin, hello);
    return plugin;
}

raw_t *played_connect(const daemon_t *daemon, const played_t *self, const char *more)
{
    ph_cleanup(ph_freep) char *all = ph_format(", 'token': '%s'%s", played_token(self), more);
    return say_hello(daemon, "played", all);
}

raw_t *played_by_hand(const daemon_t *daemon, const char *name, const char *more)
{
    return say_hello(daemon, name, more);
}

void played_ready(raw_t *plugin)
{
    raw_ask_well(plugin, "{'command': 'plugin.ready', 'id': 2}");
}

ph_message_t *played_take(raw_t *plugin, const char *command)
{
    ph_message_t *request = raw_receive_map(plugin, WAIT_MS);
    cr_assert_str_eq(reply_text(request, "command"), command);
    return request;
}

int64_t played_take_id(raw_t *plugin, const char *command)
{
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(plugin, command);
    return reply_number(request, "id");
}

static void reply(raw_t *plugin, int64_t id, const char *status, const ph_writer_t *more)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", id);
    ph_writer_string(reply, "status", status);
    ph_writer_merge(reply, more);
    raw_send_map(plugin, reply, 0);
}

void played_answer(raw_t *plugin, int64_t id, int64_t result)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *more = ph_writer_new();
    ph_writer_int(more, "result", result);
    reply(plugin, id, "ok", more);
}

void played_refuse(raw_t *plugin, int64_t id, const char *code, const char *reason)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *more = ph_writer_new();
    ph_writer_string(more, "code", code);
    ph_writer_string(more, "reason", reason);
    reply(plugin, id, "error", more);
}

/* ---- requests in JSON ---- */

void raw_say(raw_t *raw, const char *request)
{
    ph_cleanup(ph_freep) char *text = text_replace(request, "'", "\"");
    raw_send_text(raw, text, 0);
}

ph_message_t *raw_receive_json(raw_t *raw)
{
    static const struct wire_limits limits = {.max_depth = 16, .max_values = 10000};
    struct ph_error err;
    size_t size;
    ph_cleanup(ph_freep) char *text = raw_receive(raw, &size, WAIT_MS);
    cr_assert_not_null(text, "no answer within %d ms", WAIT_MS);
    ph_message_t *message = wire_decode_json(text, size, &limits, &err);
    cr_assert_not_null(message, "'%s' is no JSON: %s", text, err.message);
    return message;
}

ph_message_t *raw_ask(raw_t *raw, const char *request)
{
    raw_say(raw, request);
    return raw_receive_json(raw);
}

void raw_ask_well(raw_t *raw, const char *request)
{
    ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_ask(raw, request);
    cr_assert_str_eq(reply_text(answer, "status"), "ok", "%s: %s", request,
                     reply_text(answer, "reason"));
}

void raw_ask_refused(raw_t *raw, const char *request, const char *code, const char *reason)
{
    ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_ask(raw, request);
    cr_expect_str_eq(reply_text(answer, "code"), code, "%s", request);
    cr_expect_str_eq(reply_text(answer, "reason"), reason, "%s", request);
}
