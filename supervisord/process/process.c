#include "process.h"

#include "death.h"
#include "signals.h"

#include <alloc.h>
#include <clock.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLUGIN_FD_TEXT "3" /* SPAWN_INHERITED_FD */
_Static_assert(SPAWN_INHERITED_FD == 3, "PLUGIN_FD_TEXT");

enum {
    PUT_DOWN_MS = 1000,
    REAP_AGAIN_MS = 100,
};

struct process {
    const struct watcher_options *options;
    const struct process_host *host;
    int wid;

    enum process_state state;
    bool starts_again;       /* a restart: the stop under way is followed by a start */
    bool is_signalled;       /* stopping: stop_signal was sent, SIGKILL is next */
    bool was_up;             /* the present or last child had come up */
    struct timer timer;      /* what for follows from the state */
    struct timer reap_timer; /* for a dead child that cannot be reaped yet */

    pid_t pid; /* 0: no child */
    struct loop_watch exit_watch;
    int64_t spawned_ms;
    struct session *session; /* a plugin's */
    char *failure;           /* what the plugin said before it ended */

    struct death death; /* of the last child */
    struct backoff backoff;
    unsigned restarts;
};

static void apply(process_t *self, enum process_event event, const char *reason);

/* ---- events ---- */

static ph_writer_t *event_fields(const process_t *self)
{
    ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "wid", self->wid);
    if (self->pid > 0)
        ph_writer_int(fields, "process_pid", self->pid);
    return fields;
}

static void publish(process_t *self, enum event_kind kind, ph_writer_t **fields_p, const char *text)
{
    bus_publish(self->host->bus, kind, self->options->name, *fields_p, text);
    ph_writer_destroy(fields_p);
}

static void publish_error(process_t *self, const char *reason)
{
    ph_writer_t *fields = event_fields(self);
    ph_writer_string(fields, "reason", reason);
    publish(self, EVENT_ERROR, &fields, reason);
}

static void publish_kill(process_t *self, const char *how, const char *reason)
{
    ph_writer_t *fields = event_fields(self);
    ph_writer_string(fields, "signal", how);
    ph_writer_string(fields, "reason", reason);
    ph_cleanup(ph_freep) char *text =
        ph_format("process %d is sent %s: %s", (int)self->pid, how, reason);
    publish(self, EVENT_KILL, &fields, text);
}

/* ---- spawning ---- */

static const char **join_words(char *const *first, char *const *second)
{
    size_t count = 0;
    for (char *const *word = first; word && *word; word++)
        count++;
    for (char *const *word = second; word && *word; word++)
        count++;
    const char **words = ph_calloc(count + 1, sizeof *words);
    count = 0;
    for (char *const *word = first; word && *word; word++)
        words[count++] = *word;
    for (char *const *word = second; word && *word; word++)
        words[count++] = *word;
    return words;
}

/* Makes "KEY=VALUE" texts of the daemon's environment with the watcher's variables over it. */
static char **make_environment(const struct watcher_options *options)
{
    struct pairs all = {0};
    for (char **entry = environ; *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        ph_cleanup(ph_freep) char *key =
            equals ? ph_strndup(*entry, (size_t)(equals - *entry)) : NULL;
        if (key)
            pairs_add(&all, key, equals + 1);
    }
    for (size_t i = 0; i < options->env.count; i++)
        pairs_set(&all, options->env.items[i].key, options->env.items[i].value);
    if (options->kind == WATCHER_PLUGIN)
        pairs_set(&all, "PLUGHOST_FD", PLUGIN_FD_TEXT);

    char **envp = ph_calloc(all.count + 1, sizeof *envp);
    for (size_t i = 0; i < all.count; i++)
        envp[i] = ph_format("%s=%s", all.items[i].key, all.items[i].value);
    pairs_release(&all);
    return envp;
}

/* Kills a child that nothing can be done with, and reaps it: it takes a moment to die. */
static void put_down(struct death *death, pid_t pid, int pidfd)
{
    struct pollfd dead = {.fd = pidfd, .events = POLLIN};
    kill(-pid, SIGKILL);
    poll(&dead, 1, PUT_DOWN_MS);
    death_reap(death, pid);
}

static int spawn_child(process_t *self, struct ph_error *err)
{
    const struct process_host *host = self->host;
    ph_cleanup(ph_freep) const char **argv = join_words(self->options->cmd, self->options->args);
    ph_cleanup(words_destroy) char **envp = make_environment(self->options);
    struct spawn_spec spec = {.argv = argv,
                              .envp = (const char *const *)envp,
                              .working_dir = self->options->working_dir,
                              .descriptors = &host->descriptors,
                              .inherited_fd = -1};
    bool is_plugin = self->options->kind == WATCHER_PLUGIN;
    if (is_plugin && !(self->session = host->open_session(host->session_arg, self, &spec, err)))
        return -1;

    ph_cleanup(ph_closep) int pidfd = -1;
    pid_t pid = spawn(&spec, &pidfd, err);
    if (pid < 0)
        return -1;
    self->exit_watch.fd = pidfd;
    if (loop_watch(host->loop, &self->exit_watch, err) < 0) {
        put_down(&self->death, pid, pidfd);
        return -1;
    }
    ph_steal_fd(&pidfd);
    self->pid = pid;
    self->spawned_ms = ph_clock_ms();
    return 0;
}

static void do_spawn(process_t *self)
{
    struct ph_error err = {0};
    self->was_up = false;
    if (spawn_child(self, &err) < 0) {
        if (self->session)
            self->host->close_session(&self->session);
        death_set_cause(&self->death, err.message);
        publish_error(self, err.message);
        apply(self, PROCESS_SPAWN_FAILED, err.message);
        return;
    }
    if (self->backoff.deaths > 0)
        self->restarts++;

    ph_writer_t *fields = event_fields(self);
    ph_cleanup(ph_freep) char *text = ph_format("process %d was started", (int)self->pid);
    publish(self, EVENT_SPAWN, &fields, text);
    apply(self, PROCESS_SPAWNED, text);
    if (self->options->kind == WATCHER_PROGRAM)
        apply(self, PROCESS_READY, text);
}

/* ---- stopping ---- */

static void send_signal(process_t *self, int number, const char *reason)
{
    ph_cleanup(ph_freep) char *name = signal_to_name(number);
    /* The group is ours for certain: its leader is our child and not reaped yet. */
    kill(-self->pid, number);
    kill(-self->pid, SIGCONT); /* a stopped process would not even notice */
    publish_kill(self, name, reason);
}

static void send_stop_signal(process_t *self, int64_t patience_ms, const char *reason)
{
    self->is_signalled = true;
    send_signal(self, self->options->stop_signal, reason);
    timers_start(loop_timers(self->host->loop), &self->timer, patience_ms);
}

/* A plugin with a session is asked first; the signal follows at half of graceful_timeout. */
static void begin_to_stop(process_t *self, const char *reason)
{
    int64_t patience_ms = self->options->graceful_timeout_ms;
    self->is_signalled = false;
    if (self->session && self->host->ask_to_stop(self->session)) {
        publish_kill(self, "stop", reason);
        timers_start(loop_timers(self->host->loop), &self->timer, patience_ms / 2);
        return;
    }
    send_stop_signal(self, patience_ms, reason);
}

static void lose_patience(process_t *self)
{
    if (!self->is_signalled)
        send_stop_signal(self, self->options->graceful_timeout_ms / 2,
                         "it did not stop when asked");
    else
        send_signal(self, SIGKILL, "graceful_timeout is over");
}

/* ---- deaths ---- */

static double chance(void)
{
    return (double)random() / ((double)RAND_MAX + 1);
}

static void publish_reap(process_t *self, int64_t uptime_ms)
{
    ph_writer_t *fields = event_fields(self);
    ph_writer_int(fields, "exit_code", self->death.exit_code);
    ph_writer_string(fields, "cause", self->death.cause);
    ph_writer_float(fields, "uptime", (double)uptime_ms / 1000);
    ph_cleanup(ph_freep) char *text =
        ph_format("process %d ended: %s", (int)self->pid, self->death.cause);
    publish(self, EVENT_REAP, &fields, text);
}

/* Everything that ends with the child. */
static void take_death(void *arg)
{
    process_t *self = arg;
    timers_t *timers = loop_timers(self->host->loop);
    if (!death_reap(&self->death, self->pid)) {
        timers_start(timers, &self->reap_timer, REAP_AGAIN_MS);
        return;
    }
    if (self->failure && self->state != PROCESS_STOPPING)
        death_set_cause(&self->death, self->failure);
    free(self->failure);
    self->failure = NULL;

    ph_closep(&self->exit_watch.fd);
    timers_cancel(timers, &self->timer);
    if (self->session)
        self->host->close_session(&self->session);
    publish_reap(self, ph_clock_ms() - self->spawned_ms);
    self->pid = 0;
    apply(self, PROCESS_EXIT, self->death.cause);
}

static void on_child_exit(void *arg)
{
    process_t *self = arg;
    loop_unwatch(self->host->loop, &self->exit_watch);
    take_death(self);
}

/* ---- what each state begins with ---- */

static void enter_stopped(process_t *self, const char *reason)
{
    timers_cancel(loop_timers(self->host->loop), &self->timer);
    self->backoff = (struct backoff){0};
    if (self->starts_again)
        apply(self, PROCESS_START, reason);
}

static void enter_spawning(process_t *self, const char *reason)
{
    (void)reason;
    self->starts_again = false;
    timers_start(loop_timers(self->host->loop), &self->timer, 0);
}

static void enter_running(process_t *self, const char *reason)
{
    (void)reason;
    self->was_up = true;
    free(self->failure); /* whatever it said before, it runs */
    self->failure = NULL;
    ph_writer_t *fields = event_fields(self);
    publish(self, EVENT_READY, &fields, "ready");
}

static void publish_delay(process_t *self, enum event_kind kind, int64_t delay_ms,
                          const char *reason, const char *text)
{
    ph_writer_t *fields = event_fields(self);
    ph_writer_int(fields, "attempt", self->backoff.deaths);
    if (delay_ms >= 0)
        ph_writer_float(fields, "delay", (double)delay_ms / 1000);
    ph_writer_string(fields, "reason", reason);
    publish(self, kind, &fields, text);
}

static void enter_backoff(process_t *self, const char *reason)
{
    struct backoff_verdict verdict =
        backoff_after_death(&self->backoff, &self->options->restart, self->was_up,
                            ph_clock_ms() - self->spawned_ms, chance());
    if (verdict.has_failed) {
        ph_cleanup(ph_freep) char *text =
            ph_format("%u deaths in a row, the last: %s", self->backoff.deaths, reason);
        publish_delay(self, EVENT_FAILED, verdict.delay_ms, text, text);
        apply(self, PROCESS_GIVE_UP, text);
        if (verdict.delay_ms >= 0)
            timers_start(loop_timers(self->host->loop), &self->timer, verdict.delay_ms);
        return;
    }
    if (verdict.delay_ms == 0) {
        apply(self, PROCESS_DELAY_OVER, reason);
        return;
    }
    ph_cleanup(ph_freep) char *text =
        ph_format("next try in %g s", (double)verdict.delay_ms / 1000);
    publish_delay(self, EVENT_BACKOFF, verdict.delay_ms, reason, text);
    timers_start(loop_timers(self->host->loop), &self->timer, verdict.delay_ms);
}

typedef void entry_fn(process_t *self, const char *reason);

static entry_fn *const entries[PROCESS_STATE_COUNT] = {
    [PROCESS_STOPPED] = enter_stopped, [PROCESS_SPAWNING] = enter_spawning,
    [PROCESS_RUNNING] = enter_running, [PROCESS_STOPPING] = begin_to_stop,
    [PROCESS_BACKOFF] = enter_backoff,
};

static void apply(process_t *self, enum process_event event, const char *reason)
{
    if (!process_transition(self->state, event, &self->state))
        return;
    if (entries[self->state])
        entries[self->state](self, reason);
    self->host->on_change(self->host->arg, self);
}

static void on_timer(void *arg)
{
    process_t *self = arg;
    if (self->state == PROCESS_SPAWNING)
        do_spawn(self);
    else if (self->state == PROCESS_STOPPING)
        lose_patience(self);
    else
        apply(self, PROCESS_DELAY_OVER, "the delay is over");
}

/* ---- the class ---- */

process_t *process_new(const struct watcher_options *options, int wid,
                       const struct process_host *host)
{
    process_t *self = ph_calloc(1, sizeof *self);
    self->options = options;
    self->wid = wid;
    self->host = host;
    self->timer = (struct timer){.fire = on_timer, .arg = self};
    self->reap_timer = (struct timer){.fire = take_death, .arg = self};
    self->exit_watch = (struct loop_watch){.on_readable = on_child_exit, .arg = self, .fd = -1};
    return self;
}

void process_destroy(process_t **self_p)
{
    process_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(loop_timers(self->host->loop), &self->timer);
    timers_cancel(loop_timers(self->host->loop), &self->reap_timer);
    if (self->pid > 0) {
        loop_unwatch(self->host->loop, &self->exit_watch);
        put_down(&self->death, self->pid, self->exit_watch.fd);
        ph_closep(&self->exit_watch.fd);
    }
    if (self->session)
        self->host->close_session(&self->session);
    death_release(&self->death);
    free(self->failure);
    free(self);
    *self_p = NULL;
}

void process_start(process_t *self, const char *reason)
{
    if (self->state == PROCESS_STOPPING)
        self->starts_again = true;
    if (self->state == PROCESS_BACKOFF || self->state == PROCESS_FAILED)
        self->backoff = (struct backoff){0}; /* somebody mended something: count anew */
    apply(self, PROCESS_START, reason);
}

void process_stop(process_t *self, const char *reason)
{
    self->starts_again = false;
    apply(self, PROCESS_STOP, reason);
}

void process_restart(process_t *self, const char *reason)
{
    process_stop(self, reason);
    process_start(self, reason);
}

void process_set_ready(process_t *self)
{
    apply(self, PROCESS_READY, "the plugin is ready");
}

void process_set_failure(process_t *self, const char *reason)
{
    free(self->failure);
    self->failure = ph_strdup(reason);
    publish_error(self, reason);
}

enum process_state process_state(const process_t *self)
{
    return self->state;
}

const char *process_watcher_name(const process_t *self)
{
    return self->options->name;
}

const struct watcher_options *process_options(const process_t *self)
{
    return self->options;
}

struct session *process_session(const process_t *self)
{
    return self->session;
}

bool process_is_settled(const process_t *self)
{
    return self->state != PROCESS_SPAWNING && self->state != PROCESS_STARTING &&
           self->state != PROCESS_STOPPING;
}

static bool is_stable(const process_t *self, int64_t now)
{
    return self->state == PROCESS_RUNNING &&
           now - self->spawned_ms >= self->options->restart.stable_after_ms;
}

void process_get_report(const process_t *self, struct process_report *report)
{
    bool waits =
        (self->state == PROCESS_BACKOFF || self->state == PROCESS_FAILED) && self->timer.place > 0;
    int64_t now = ph_clock_ms();
    *report = (struct process_report){
        .state = self->state,
        .pid = self->pid,
        .uptime_ms = self->pid > 0 ? now - self->spawned_ms : 0,
        .attempt = is_stable(self, now) ? 0 : self->backoff.deaths,
        .retry_ms = !waits                     ? -1
                    : self->timer.due_ms > now ? self->timer.due_ms - now
                                               : 0,
        .restarts = self->restarts,
        .cause = self->death.cause,
    };
}
