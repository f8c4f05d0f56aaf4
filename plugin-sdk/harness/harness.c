#include "private.h"

#include "folder.h"
#include "programs.h"

#include <alloc.h>
#include <clock.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
    START_MS = 10000,
    STOP_MS = 10000,
    CALL_MS = 10000,
    RETRY_MS = 10,
    MAX_WORDS = 64,
};

/* ---- the configuration ---- */

/* Returns a copy of `text` in which each `from` is `to`; the caller frees it. */
static char *replace(const char *text, const char *from, const char *to)
{
    char *result = ph_strdup("");
    for (const char *next; (next = strstr(text, from)); text = next + strlen(from)) {
        ph_cleanup(ph_freep) char *before = result;
        result = ph_format("%s%.*s%s", before, (int)(next - text), text, to);
    }
    ph_cleanup(ph_freep) char *before = result;
    return ph_format("%s%s", before, text);
}

/* Modules are found from wherever the test runs; the daemon has the same folder as its own. */
static int write_configuration(const ph_harness_t *self, const char *text,
                               const struct ph_harness_settings *settings, struct ph_error *err)
{
    const char *plugin_path = settings ? settings->plugin_path : NULL;
    ph_cleanup(ph_freep) char *filled = replace(text, "@DIR@", self->dir);
    ph_cleanup(ph_freep) char *whole =
        ph_format("[plughost]\nrun_dir = %s\n%s%s\n%s\n", self->run_dir,
                  plugin_path ? "plugin_path = " : "", plugin_path ? plugin_path : "", filled);
    ph_cleanup(ph_freep) char *path = ph_format("%s/plughost.ini", self->dir);
    return file_write(path, whole, err);
}

/* ---- starting ---- */

/* What the daemon says of a configuration that it does not take stands in its output, what hinders
 * it otherwise in its log. */
static int refuse_start(ph_harness_t *self, struct ph_error *err)
{
    const struct guardian_report *report = guardian_report(self->guardian);
    ph_cleanup(ph_freep) char *output = file_read(self->output);
    ph_cleanup(ph_freep) char *log = file_read(self->log);
    const char *text = output[0] ? output : log;
    int length = (int)strlen(text);
    while (length > 0 && text[length - 1] == '\n')
        length--;
    ph_error_set(err, report->exit_code == 2 ? PH_INVALID : PH_SYSTEM,
                 "plughostd did not start (exit status %d): %.*s", report->exit_code, length, text);
    return -1;
}

/* The daemon tells nobody that it listens: it is asked again and again, until it has ended. */
static int wait_answer(ph_harness_t *self, struct ph_error *err)
{
    int64_t deadline = ph_clock_ms() + START_MS;
    while (!(self->client = ph_client_new(self->endpoint, err))) {
        if (guardian_wait_end(self->guardian, RETRY_MS))
            return refuse_start(self, err);
        if (ph_clock_ms() > deadline)
            return ph_error_prefix(err, "plughostd does not answer within %d ms", START_MS);
    }
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(self->client, "ping", NULL, CALL_MS, err);
    return reply ? 0 : ph_error_prefix(err, "plughostd does not answer");
}

static int connect_others(ph_harness_t *self, struct ph_error *err)
{
    self->events = ph_client_new(self->endpoint, err);
    self->states = self->events ? ph_client_new(self->endpoint, err) : NULL;
    if (!self->states || ph_client_subscribe(self->events, "", CALL_MS, err) < 0 ||
        ph_client_subscribe(self->states, "watcher.", CALL_MS, err) < 0)
        return ph_error_prefix(err, "cannot connect to plughostd");
    return 0;
}

static int launch(ph_harness_t *self, const char *bin_dir, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *program = programs_find("plughostd", bin_dir, err);
    ph_cleanup(ph_freep) char *config = ph_format("%s/plughost.ini", self->dir);
    if (!program)
        return -1;
    const char *argv[] = {program, "--foreground", "--log-output", self->log, config, NULL};
    self->guardian = guardian_new(argv, self->output, err);
    return self->guardian ? 0 : -1;
}

ph_harness_t *ph_harness_start(const char *configuration,
                               const struct ph_harness_settings *settings, struct ph_error *err)
{
    struct ph_error ignored = {0};
    err = err ? err : &ignored;
    ph_cleanup(ph_harness_destroy) ph_harness_t *self = ph_calloc(1, sizeof *self);
    self->dir = folder_new(err);
    if (!self->dir)
        return NULL;
    self->log = ph_format("%s/log", self->dir);
    self->output = ph_format("%s/output", self->dir);
    self->run_dir = ph_format("%s/run", self->dir);
    self->endpoint = ph_format("ipc://%s/endpoint.sock", self->run_dir);
    if (write_configuration(self, configuration, settings, err) < 0 ||
        launch(self, settings ? settings->bin_dir : NULL, err) < 0 || wait_answer(self, err) < 0 ||
        connect_others(self, err) < 0)
        return NULL;
    return ph_steal(&self);
}

/* ---- stopping ---- */

static void disconnect(ph_harness_t *self)
{
    ph_client_destroy(&self->client);
    ph_client_destroy(&self->events);
    ph_client_destroy(&self->states);
}

/* The last lines of the log, or as much as an error has room for. */
static const char *log_end(const char *log)
{
    enum { MAX_BYTES = 300 };
    size_t length = strlen(log);
    return length > MAX_BYTES ? log + length - MAX_BYTES : log;
}

static int check_end(const ph_harness_t *self, struct ph_error *err)
{
    const struct guardian_report *report = guardian_report(self->guardian);
    ph_cleanup(ph_freep) char *log = file_read(self->log);
    ph_cleanup(ph_freep) char *file = folder_first(self->run_dir);
    if (report->was_killed)
        return ph_error_set(err, PH_CONFLICT,
                            "plughostd did not end within %d ms and was killed; its log: %s",
                            STOP_MS, log_end(log));
    if (report->exit_code < 0)
        return ph_error_set(err, PH_CONFLICT, "plughostd was killed by signal %d; its log: %s",
                            -report->exit_code, log_end(log));
    if (report->exit_code > 0)
        return ph_error_set(err, PH_CONFLICT, "plughostd ended with status %d; its log: %s",
                            report->exit_code, log_end(log));
    if (report->leftovers > 0)
        return ph_error_set(err, PH_CONFLICT,
                            "%d processes outlived plughostd and were killed; the first was %s",
                            report->leftovers, report->leftover);
    if (file)
        return ph_error_set(err, PH_CONFLICT, "plughostd has left '%s' in its run directory", file);
    return 0;
}

int ph_harness_stop(ph_harness_t **self_p, struct ph_error *err)
{
    ph_cleanup(ph_harness_destroy) ph_harness_t *self = ph_steal(self_p);
    if (!self)
        return 0;
    disconnect(self);
    return guardian_stop(self->guardian, STOP_MS, err) < 0 ? -1 : check_end(self, err);
}

void ph_harness_destroy(ph_harness_t **self_p)
{
    ph_harness_t *self = *self_p;
    if (!self)
        return;
    disconnect(self);
    guardian_destroy(&self->guardian);
    folder_destroy(&self->dir);
    free(self->log);
    free(self->output);
    free(self->run_dir);
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

/* ---- where it is ---- */

const char *ph_harness_dir(const ph_harness_t *self)
{
    return self->dir;
}

const char *ph_harness_endpoint(const ph_harness_t *self)
{
    return self->endpoint;
}

pid_t ph_harness_pid(const ph_harness_t *self)
{
    return guardian_report(self->guardian)->pid;
}

ph_client_t *ph_harness_client(const ph_harness_t *self)
{
    return self->client;
}

/* ---- a plugin without a daemon ---- */

static int check_plugin(const struct guardian_report *report, int timeout_ms, struct ph_error *err)
{
    if (!report->has_ended)
        return ph_error_set(err, PH_TIMEOUT, "plughost-plugin has not ended within %d ms",
                            timeout_ms);
    if (report->exit_code < 0)
        return ph_error_set(err, PH_SYSTEM, "plughost-plugin was killed by signal %d",
                            -report->exit_code);
    return report->exit_code;
}

static int run_in(const char *folder, const char *const *argv, int timeout_ms, char **output,
                  struct ph_error *err)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/output", folder);
    ph_cleanup(guardian_destroy) guardian_t *guardian = guardian_new(argv, path, err);
    if (!guardian)
        return -1;
    guardian_wait_end(guardian, timeout_ms);
    int status = check_plugin(guardian_report(guardian), timeout_ms, err);
    if (status >= 0 && output)
        *output = file_read(path);
    return status;
}

int ph_harness_run_plugin(const char *const *words, int timeout_ms, char **output,
                          struct ph_error *err)
{
    ph_cleanup(ph_freep) char *program = programs_find("plughost-plugin", NULL, err);
    ph_cleanup(folder_destroy) char *folder = program ? folder_new(err) : NULL;
    if (!folder)
        return -1;
    const char *argv[MAX_WORDS + 2] = {program};
    for (size_t i = 0; words[i]; i++) {
        if (i == MAX_WORDS)
            return ph_error_set(err, PH_INVALID, "plughost-plugin takes at most %d words here",
                                MAX_WORDS);
        argv[i + 1] = words[i];
    }
    return run_in(folder, argv, timeout_ms, output, err);
}
