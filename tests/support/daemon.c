#include "daemon.h"

#include "files.h"
#include "processes.h"

#include <alloc.h>
#include <arpa/inet.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    START_MS = 10000,
    STOP_MS = 10000,
    ORPHAN_MS = 2000,
    CALL_MS = 10000,
    MAX_WORDS = 16,
    MAX_SEEN = 256,
};

struct daemon {
    char *dir;
    char *config;
    char *log;
    char *output; /* a file: what the daemon and its children write */
    char *run_dir;
    char *endpoint;
    program_t *program; /* NULL: not launched, or killed */
    ph_client_t *client;
    pid_t seen[MAX_SEEN]; /* what daemon_wait_started has returned */
    size_t seen_count;
};

/* Ends the test with the log, which tells more than the failure itself. */
__attribute__((format(printf, 2, 3), noreturn)) static void fail(const daemon_t *self,
                                                                 const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    ph_cleanup(ph_freep) char *log = file_read(self->log);
    ph_cleanup(ph_freep) char *output = file_read(self->output);
    cr_assert_fail("%s\n---- log ----\n%s---- output ----\n%s", text, log ? log : "",
                   output ? output : "");
    abort();
}

/* ---- from the first to the last moment ---- */

static char *fill_in(const daemon_t *self, const char *text)
{
    ph_cleanup(ph_freep) char *whole =
        ph_format("[plughost]\nrun_dir = @DIR@/run\nplugin_path = @MODULES@\n%s", text);
    ph_cleanup(ph_freep) char *with_dir = text_replace(whole, "@DIR@", self->dir);
    ph_cleanup(ph_freep) char *with_child = text_replace(with_dir, "@CHILD@", TEST_CHILD);
    return text_replace(with_child, "@MODULES@", TEST_MODULES);
}

void daemon_rewrite(const daemon_t *self, const char *text)
{
    ph_cleanup(ph_freep) char *filled = fill_in(self, text);
    file_write(self->config, filled);
}

daemon_t *daemon_prepare(const char *text)
{
    daemon_t *self = ph_calloc(1, sizeof *self);
    self->dir = directory_make();
    self->config = daemon_path(self, "plughost.ini");
    self->log = daemon_path(self, "log");
    self->output = daemon_path(self, "output");
    self->run_dir = daemon_path(self, "run");
    self->endpoint = ph_format("ipc://%s/endpoint.sock", self->run_dir);
    daemon_rewrite(self, text);
    processes_adopt();
    return self;
}

void daemon_launch(daemon_t *self, const char *const *words)
{
    static const char *const env[] = {"UBSAN_OPTIONS=print_stacktrace=1", NULL};
    const char *argv[MAX_WORDS] = {TEST_PLUGHOSTD, "--log-output", self->log};
    size_t count = 3;
    for (; words && *words; words++)
        argv[count++] = *words;
    argv[count] = self->config;
    program_destroy(&self->program);
    self->program =
        program_start(&(struct program_spec){.argv = argv, .env = env, .output = self->output});
}

void daemon_launch_preloaded(daemon_t *self, const char *library)
{
    ph_cleanup(ph_freep) char *before =
        ph_strdup(getenv("ASAN_OPTIONS") ? getenv("ASAN_OPTIONS") : "");
    ph_cleanup(ph_freep) char *options = ph_format("%s:verify_asan_link_order=0", before);
    setenv("ASAN_OPTIONS", options, 1);
    setenv("LD_PRELOAD", library, 1);
    daemon_launch(self, NULL);
    unsetenv("LD_PRELOAD");
    setenv("ASAN_OPTIONS", before, 1);
}

int daemon_connect(daemon_t *self, struct ph_error *err)
{
    ph_client_destroy(&self->client); /* of a daemon before this one */
    self->client = ph_client_new(self->endpoint, err);
    return self->client ? ph_client_subscribe(self->client, "", CALL_MS, err) : -1;
}

void daemon_await(daemon_t *self)
{
    struct ph_error err;
    if (!file_wait(self->log, "listens on", START_MS))
        fail(self, "plughostd did not start");
    if (daemon_connect(self, &err) < 0)
        fail(self, "cannot connect: %s", err.message);
    daemon_do(self, "ping", NULL, false);
}

daemon_t *daemon_start_with(const char *text)
{
    daemon_t *self = daemon_prepare(text);
    daemon_launch(self, NULL);
    daemon_await(self);
    return self;
}

daemon_t *daemon_start(const char *fixture)
{
    ph_cleanup(ph_freep) char *path = ph_format("%s/%s", TEST_FIXTURES, fixture);
    ph_cleanup(ph_freep) char *text = file_read(path);
    cr_assert(text, "there is no fixture '%s'", path);
    return daemon_start_with(text);
}

bool daemon_has_report(const daemon_t *self)
{
    static const char *const marks[] = {"ERROR: ", "WARNING: ThreadSanitizer", "runtime error"};
    ph_cleanup(ph_freep) char *text = file_read(self->output);
    for (size_t i = 0; text && i < sizeof marks / sizeof marks[0]; i++)
        if (strstr(text, marks[i]))
            return true;
    return false;
}

static void check_end(daemon_t *self)
{
    if (!program_has_ended(self->program, 0))
        program_signal(self->program, SIGTERM);
    if (!program_has_ended(self->program, STOP_MS))
        fail(self, "plughostd did not end");
    int code = program_wait(self->program, 0);
    if (code != 0)
        fail(self, "plughostd ended with %d", code);
    if (!processes_wait_none(ORPHAN_MS))
        fail(self, "a process is left");
    if (!directory_is_empty(self->run_dir))
        fail(self, "a file is left in '%s'", self->run_dir);
}

static void release(daemon_t **self_p)
{
    daemon_t *self = *self_p;
    program_destroy(&self->program);
    directory_remove(self->dir);
    free(self->dir);
    free(self->config);
    free(self->log);
    free(self->output);
    free(self->run_dir);
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

void daemon_stop(daemon_t **self_p)
{
    daemon_t *self = *self_p;
    if (!self)
        return;
    ph_client_destroy(&self->client);
    if (self->program)
        check_end(self);
    if (daemon_has_report(self))
        fail(self, "a sanitizer has reported something");
    release(self_p);
}

void daemon_discard(daemon_t **self_p)
{
    daemon_t *self = *self_p;
    if (!self)
        return;
    ph_client_destroy(&self->client);
    program_destroy(&self->program);
    processes_wait_none(ORPHAN_MS);
    release(self_p);
}

void daemon_kill(daemon_t *self)
{
    ph_client_destroy(&self->client);
    program_destroy(&self->program);
    file_write(self->log, "");
    if (!processes_wait_none(ORPHAN_MS))
        fail(self, "a process has outlived its daemon");
}

int daemon_wait_end(daemon_t *self, int timeout_ms)
{
    if (!program_has_ended(self->program, timeout_ms))
        fail(self, "plughostd has not ended within %d ms", timeout_ms);
    return program_wait(self->program, 0);
}

bool daemon_has_ended(daemon_t *self, int timeout_ms)
{
    return program_has_ended(self->program, timeout_ms);
}

/* ---- where it is ---- */

pid_t daemon_pid(const daemon_t *self)
{
    return program_pid(self->program);
}

const char *daemon_dir(const daemon_t *self)
{
    return self->dir;
}

const char *daemon_config(const daemon_t *self)
{
    return self->config;
}

const char *daemon_log_file(const daemon_t *self)
{
    return self->log;
}

const char *daemon_output_file(const daemon_t *self)
{
    return self->output;
}

const char *daemon_run_dir(const daemon_t *self)
{
    return self->run_dir;
}

const char *daemon_endpoint(const daemon_t *self)
{
    return self->endpoint;
}

ph_client_t *daemon_client(const daemon_t *self)
{
    return self->client;
}

void daemon_set_endpoint(daemon_t *self, const char *endpoint)
{
    char *copy = ph_strdup(endpoint);
    free(self->endpoint);
    self->endpoint = copy;
}

unsigned daemon_find_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    ph_cleanup(ph_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

daemon_t *daemon_start_tcp(const char *text)
{
    ph_cleanup(ph_freep) char *endpoint = ph_format("tcp://127.0.0.1:%u", daemon_find_port());
    ph_cleanup(ph_freep) char *whole =
        ph_format("[plughost]\ninsecure_tcp = yes\nendpoint = %s\n%s", endpoint, text);
    daemon_t *self = daemon_prepare(whole);
    daemon_set_endpoint(self, endpoint);
    daemon_launch(self, NULL);
    daemon_await(self);
    return self;
}

char *daemon_path(const daemon_t *self, const char *name)
{
    return ph_format("%s/%s", self->dir, name);
}

int daemon_make_fifo(const daemon_t *self, const char *name)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    return fifo_make(path);
}

/* ---- commands ---- */

ph_message_t *daemon_try(daemon_t *self, const char *command, const char *name, bool waits,
                         struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    if (name)
        ph_writer_string(properties, "name", name);
    if (waits)
        ph_writer_bool(properties, "waiting", true);
    return ph_client_call(self->client, command, properties, CALL_MS, err);
}

ph_message_t *daemon_command(daemon_t *self, const char *command, const char *name, bool waits)
{
    struct ph_error err;
    ph_message_t *reply = daemon_try(self, command, name, waits, &err);
    if (!reply)
        fail(self, "'%s' of '%s' was refused: %s", command, name ? name : "all", err.message);
    return reply;
}

void daemon_do(daemon_t *self, const char *command, const char *name, bool waits)
{
    ph_message_t *reply = daemon_command(self, command, name, waits);
    ph_message_destroy(&reply);
}

struct watcher_state daemon_status(daemon_t *self, const char *name)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(self, "status", name, false);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *process = ph_value_at(ph_value_get(watcher, "processes"), 0);
    struct watcher_state state = {
        .pid = (pid_t)ph_value_int(ph_value_get(process, "pid"), 0),
        .running = ph_value_int(ph_value_get(watcher, "running"), -1),
        .restarts = ph_value_int(ph_value_get(watcher, "restarts"), -1),
        .attempt = ph_value_int(ph_value_get(process, "attempt"), -1),
    };
    snprintf(state.status, sizeof state.status, "%s",
             ph_value_string(ph_value_get(watcher, "status"), "?"));
    snprintf(state.reason, sizeof state.reason, "%s",
             ph_value_string(ph_value_get(watcher, "reason"), ""));
    return state;
}

static program_t *start_ctl(const daemon_t *self, va_list words)
{
    const char *argv[MAX_WORDS] = {TEST_PLUGHOSTCTL, "--endpoint", self->endpoint};
    for (size_t count = 3; (argv[count] = va_arg(words, const char *)); count++)
        cr_assert_lt(count, (size_t)MAX_WORDS - 1);
    return program_start(&(struct program_spec){.argv = argv});
}

program_t *daemon_run_ctl(const daemon_t *self, ...)
{
    va_list words;
    va_start(words, self);
    program_t *program = start_ctl(self, words);
    va_end(words);
    program_wait(program, 2 * CALL_MS);
    return program;
}

program_t *daemon_start_ctl(const daemon_t *self, ...)
{
    va_list words;
    va_start(words, self);
    program_t *program = start_ctl(self, words);
    va_end(words);
    return program;
}

/* ---- waiting ---- */

/* Returns the next event, or NULL when the deadline is over. */
static ph_event_t *next_event(daemon_t *self, int64_t deadline)
{
    struct ph_error err;
    int64_t left = deadline - ph_clock_ms();
    ph_event_t *event = left > 0 ? ph_client_receive(self->client, (int)left, &err) : NULL;
    if (!event && left > 0 && err.code != PH_TIMEOUT)
        fail(self, "cannot receive events: %s", err.message);
    return event;
}

ph_event_t *daemon_wait_event(daemon_t *self, const char *topic, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (ph_event_t *event; (event = next_event(self, deadline)); ph_event_destroy(&event))
        if (strcmp(ph_event_topic(event), topic) == 0)
            return event;
    fail(self, "no event '%s' within %d ms", topic, timeout_ms);
}

static bool is_seen(const daemon_t *self, pid_t pid)
{
    for (size_t i = 0; i < self->seen_count; i++)
        if (self->seen[i] == pid)
            return true;
    return false;
}

pid_t daemon_wait_started(daemon_t *self, const char *name, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (;;) {
        struct watcher_state state = daemon_status(self, name);
        if (state.running > 0 && state.pid > 0 && !is_seen(self, state.pid)) {
            self->seen[self->seen_count++ % MAX_SEEN] = state.pid;
            return state.pid;
        }
        ph_cleanup(ph_event_destroy) ph_event_t *event = next_event(self, deadline);
        if (!event)
            fail(self, "'%s' was not started within %d ms but is %s: %s", name, timeout_ms,
                 state.status, state.reason);
    }
}

void daemon_wait_status(daemon_t *self, const char *name, const char *word, int timeout_ms)
{
    int64_t deadline = ph_clock_ms() + timeout_ms;
    for (;;) {
        struct watcher_state state = daemon_status(self, name);
        if (strcmp(state.status, word) == 0)
            return;
        ph_cleanup(ph_event_destroy) ph_event_t *event = next_event(self, deadline);
        if (!event)
            fail(self, "'%s' did not become '%s' within %d ms but is '%s': %s", name, word,
                 timeout_ms, state.status, state.reason);
    }
}

void daemon_wait_log(daemon_t *self, const char *text, int timeout_ms)
{
    if (!file_wait(self->log, text, timeout_ms))
        fail(self, "no '%s' in the log within %d ms", text, timeout_ms);
}

void daemon_wait_output(daemon_t *self, const char *text, int timeout_ms)
{
    if (!file_wait(self->output, text, timeout_ms))
        fail(self, "no '%s' in the output within %d ms", text, timeout_ms);
}

char *daemon_wait_file(daemon_t *self, const char *name, const char *text, int timeout_ms)
{
    ph_cleanup(ph_freep) char *path = daemon_path(self, name);
    if (!file_wait(path, text, timeout_ms))
        fail(self, "no '%s' in '%s' within %d ms", text, path, timeout_ms);
    return file_read(path);
}

/* ---- events ---- */

const char *event_text(const ph_event_t *event, const char *key)
{
    return ph_value_string(ph_value_get(ph_event_body(event), key), "");
}

double event_number(const ph_event_t *event, const char *key)
{
    return ph_value_float(ph_value_get(ph_event_body(event), key), -1);
}
