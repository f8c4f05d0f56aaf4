#include "trial.h"

#include <alloc.h>
#include <clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* A heartbeat is wanted so often that a check of a few of them fits into the timeout. */
#define HEARTBEAT_SHARE 0.06

enum { FIRST_ID = 1000, SETTLE_MS = 100 };

/* ---- start and end ---- */

static int make_folder(trial_t *self, struct ph_error *err)
{
    const char *parent = getenv("TMPDIR");
    self->folder = ph_format("%s/plughost-conformance-XXXXXX",
                             parent && strlen(parent) < 60 ? parent : "/tmp");
    if (!mkdtemp(self->folder)) {
        ph_error_sys(err, "cannot make the folder '%s'", self->folder);
        ph_replace_text(&self->folder, NULL);
        return -1;
    }
    return 0;
}

static int make_token(trial_t *self, struct ph_error *err)
{
    unsigned char bytes[16];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return ph_error_sys(err, "cannot make a token");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(self->token + 2 * i, 3, "%02x", bytes[i]);
    return 0;
}

static void write_options(ph_writer_t *map, const struct settings *settings)
{
    for (size_t i = 0; i < settings->option_count; i++)
        ph_writer_string(map, settings->options[i].key, settings->options[i].value);
}

static ph_writer_t *write_inheritance(const trial_t *self)
{
    const struct settings *settings = self->settings;
    ph_writer_t *map = ph_writer_new();
    ph_writer_string(map, "name", settings->name);
    ph_writer_string(map, "endpoint", daemon_endpoint(self->daemon));
    ph_writer_string(map, "pubsub", daemon_pubsub(self->daemon));
    ph_writer_string(map, "token", self->token);
    ph_writer_string(map, "module", settings->module);
    ph_writer_array(map, "plugin_path");
    for (size_t i = 0; i < settings->folder_count; i++)
        ph_writer_string(map, NULL, settings->folders[i]);
    ph_writer_end(map);
    ph_writer_map(map, "options");
    write_options(map, settings);
    ph_writer_end(map);
    return map;
}

static int start(trial_t *self, const struct script *script, struct ph_error *err)
{
    if (make_folder(self, err) < 0 || make_token(self, err) < 0)
        return -1;
    self->options = ph_writer_new();
    write_options(self->options, self->settings);
    struct daemon_settings settings = {
        .folder = self->folder,
        .heartbeat_s = (double)trial_heartbeat_ms(self) / 1000,
        .options = self->options,
        .is_verbose = self->settings->is_verbose,
    };
    self->daemon = daemon_new(&settings, script, self->record, err);
    if (!self->daemon)
        return -1;
    ph_cleanup(ph_writer_destroy) ph_writer_t *inheritance = write_inheritance(self);
    self->program = program_start(self->settings->command, inheritance, err);
    return self->program ? 0 : -1;
}

trial_t *trial_new(const struct settings *settings, const struct script *script,
                   struct ph_error *err)
{
    ph_cleanup(trial_destroy) trial_t *self = ph_calloc(1, sizeof *self);
    self->settings = settings;
    self->record = record_new();
    self->next_id = FIRST_ID;
    if (start(self, script, err) < 0)
        return NULL;
    return ph_steal(&self);
}

void trial_destroy(trial_t **self_p)
{
    trial_t *self = *self_p;
    if (!self)
        return;
    program_destroy(&self->program);
    daemon_destroy(&self->daemon);
    record_destroy(&self->record);
    ph_writer_destroy(&self->options);
    if (self->folder)
        rmdir(self->folder);
    free(self->folder);
    free(self);
    *self_p = NULL;
}

int64_t trial_timeout_ms(const trial_t *self)
{
    return (int64_t)(self->settings->timeout_s * 1000);
}

int64_t trial_heartbeat_ms(const trial_t *self)
{
    return (int64_t)(self->settings->timeout_s * 1000 * HEARTBEAT_SHARE);
}

/* ---- waiting ---- */

static bool is_over(trial_t *self)
{
    return self->is_interrupted || program_has_ended(self->program);
}

/* Waits for anything to come, at most until `deadline_ms`, and takes it. */
static void step(trial_t *self, int64_t deadline_ms)
{
    enum { STEP_MS = 20, ITEM_COUNT = 4 }; /* what is held back must go out, too */
    int64_t left_ms = deadline_ms - ph_clock_ms();
    zmq_pollitem_t items[ITEM_COUNT];
    daemon_poll_items(self->daemon, items);
    items[2] = (zmq_pollitem_t){.fd = program_fd(self->program), .events = ZMQ_POLLIN};
    items[3] = (zmq_pollitem_t){.fd = self->settings->signal_fd, .events = ZMQ_POLLIN};
    int count = self->settings->signal_fd < 0 ? ITEM_COUNT - 1 : ITEM_COUNT;
    zmq_poll(items, count, left_ms < STEP_MS ? (left_ms > 0 ? left_ms : 0) : STEP_MS);
    self->is_interrupted |= count == ITEM_COUNT && items[3].revents != 0;
    daemon_step(self->daemon);
}

/* What was sent before the end may still be on its way. */
static void settle(trial_t *self)
{
    for (int64_t end_ms = ph_clock_ms() + SETTLE_MS; ph_clock_ms() < end_ms;) {
        zmq_pollitem_t items[2];
        daemon_poll_items(self->daemon, items);
        zmq_poll(items, 2, end_ms - ph_clock_ms());
        daemon_step(self->daemon);
    }
}

int trial_wait(trial_t *self, size_t from, enum entry_kind kind, const char *text)
{
    int64_t deadline_ms = ph_clock_ms() + trial_timeout_ms(self);
    size_t index = record_find(self->record, from, kind, text);
    while (index == record_size(self->record) && !is_over(self) && ph_clock_ms() < deadline_ms) {
        step(self, deadline_ms);
        index = record_find(self->record, from, kind, text);
    }
    if (index == record_size(self->record) && is_over(self)) {
        settle(self);
        index = record_find(self->record, from, kind, text);
    }
    return index < record_size(self->record) ? (int)index : -1;
}

void trial_play(trial_t *self, int64_t milliseconds)
{
    int64_t deadline_ms = ph_clock_ms() + milliseconds;
    while (!is_over(self) && ph_clock_ms() < deadline_ms)
        step(self, deadline_ms);
}

bool trial_wait_end(trial_t *self)
{
    trial_play(self, trial_timeout_ms(self));
    settle(self);
    return program_has_ended(self->program);
}

/* ---- the steps of a session ---- */

/* Returns what the plugin itself gave as its reason by plugin.failed, as a part of a sentence, or
 * "". The caller frees it. */
static char *failure_text(const trial_t *self)
{
    size_t index = record_find(self->record, 0, ENTRY_REQUEST, "plugin.failed");
    if (index == record_size(self->record))
        return ph_strdup("");
    return ph_format("; 'plugin.failed' said: %s",
                     entry_property(record_at(self->record, index), "reason"));
}

int trial_fail_missing(const trial_t *self, struct verdict *verdict, const char *what)
{
    ph_cleanup(ph_freep) char *failure = failure_text(self);
    if (!program_has_ended(self->program))
        return verdict_fail(verdict, "%s did not come within %g s%s", what,
                            self->settings->timeout_s, failure);
    ph_cleanup(ph_freep) char *end = program_describe_end(self->program);
    return verdict_fail(verdict, "%s did not come: the plugin ended (%s)%s", what, end, failure);
}

static int reach(trial_t *self, size_t from, const char *command, struct verdict *verdict)
{
    int index = trial_wait(self, from, ENTRY_REQUEST, command);
    if (index >= 0)
        return index;
    verdict->is_stuck = true;
    ph_cleanup(ph_freep) char *what = ph_format("'%s'", command);
    return trial_fail_missing(self, verdict, what);
}

int trial_reach_hello(trial_t *self, size_t from, struct verdict *verdict)
{
    return reach(self, from, "plugin.hello", verdict);
}

int trial_reach_ready(trial_t *self, size_t from, struct verdict *verdict)
{
    int hello = trial_reach_hello(self, from, verdict);
    return hello < 0 ? -1 : reach(self, from, "plugin.ready", verdict);
}

int trial_call(trial_t *self, const char *command, const ph_writer_t *properties,
               struct verdict *verdict)
{
    int64_t id = self->next_id++;
    size_t from = record_size(self->record);
    daemon_request(self->daemon, command, id, properties, false);
    ph_cleanup(ph_freep) char *text = ph_format("%lld", (long long)id);
    int index = trial_wait(self, from, ENTRY_REPLY, text);
    if (index >= 0)
        return index;
    ph_cleanup(ph_freep) char *what = ph_format("the reply to '%s' with id %s", command, text);
    return trial_fail_missing(self, verdict, what);
}

int trial_probe(trial_t *self, struct verdict *verdict)
{
    return trial_call(self, "conformance.probe", NULL, verdict);
}

int trial_stop(trial_t *self, struct verdict *verdict)
{
    daemon_request(self->daemon, "stop", 0, NULL, true);
    if (!trial_wait_end(self))
        return verdict_fail(verdict, "it ran on for %g s after 'stop'", self->settings->timeout_s);
    if (program_is_successful(self->program))
        return 0;
    ph_cleanup(ph_freep) char *end = program_describe_end(self->program);
    return verdict_fail(verdict, "it ended with %s after 'stop'", end);
}
