#include "watcher.h"

#include "rolling.h"
#include "stats_ticker.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* What a watcher itself is about; its processes have states of their own. */
enum phase {
    PHASE_NONE,
    PHASE_WAITING,      /* for others to be ready */
    PHASE_BEFORE_START, /* a hook runs */
    PHASE_WARMING_UP,   /* more processes will be started */
    PHASE_BEFORE_STOP,  /* a hook runs */
};

struct watcher {
    struct watcher_options options;
    struct process_owner owner;
    watcher_change_fn *on_change;
    void *arg;
    slots_t *slots;
    struct rolling rolling;

    enum phase phase;
    bool is_wanted;
    bool is_announced;  /* a start event was published, and no stop event since */
    bool is_active;     /* it has come up since the start event */
    bool is_ready;      /* it came up since the last start */
    bool starts_again;  /* a restart: the stop under way is followed by a start */
    bool has_completed; /* it ended by itself since the last start */
    bool is_hopeless;   /* what it waits for will not come by itself */
    struct timer warmup_timer;
    struct stats_ticker stats;
    unsigned generation;
    char *reason; /* of the start or stop under way */
    char *waits_for;
    char *failure;

    struct death_log deaths;
};

static void publish(watcher_t *self, enum event_kind kind, const char *what, const char *reason)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", reason);
    ph_cleanup(ph_freep) char *text = ph_format("%s: %s", what, reason);
    bus_publish(self->owner.host->bus, kind, self->options.name, fields, text);
}

static void tell_change(watcher_t *self)
{
    self->on_change(self->arg, self);
}

static bool has_processes(const watcher_t *self)
{
    return slots_in_state(self->slots, PROCESS_STOPPED) < slots_total(self->slots);
}

static bool run_hook(watcher_t *self, enum hook_kind kind, hook_done_fn *done)
{
    struct hook_call call = {.kind = kind, .plan = self->owner.plan};
    return hook_run(self->owner.host->hooks, &call, done, done ? self : NULL);
}

/* ---- starting ---- */

static void note_active(watcher_t *self)
{
    if (self->is_active || !watcher_is_up(self))
        return;
    self->is_active = true;
    bus_note_active(self->owner.host->bus, self->options.name);
}

static void take_readiness(watcher_t *self)
{
    note_active(self);
    if (self->is_ready || !watcher_is_up(self))
        return;
    self->is_ready = true;
    run_hook(self, HOOK_AFTER_START, NULL);
}

/* Starts the next process that stands still, and so on after each warmup_delay. */
static void warm_up(void *arg)
{
    watcher_t *self = arg;
    struct slot *slot = NULL;
    self->phase = PHASE_WARMING_UP;
    while ((slot = slots_next_idle(self->slots, slot))) {
        process_start(slot->process, self->reason);
        if (self->options.warmup_delay_ms == 0 || !slots_next_idle(self->slots, slot))
            continue;
        timers_start(loop_timers(self->owner.host->loop), &self->warmup_timer,
                     self->options.warmup_delay_ms);
        return;
    }
    self->phase = PHASE_NONE;
    take_readiness(self);
    tell_change(self);
}

/* A start means those that wait for their next try, too, and those that have done their work. */
static void revive(watcher_t *self)
{
    slots_revive_all(self->slots, self->reason);
    warm_up(self);
}

static void resize(watcher_t *self, const char *reason)
{
    output_set_siblings(self->owner.output, self->options.numprocesses > 1);
    slots_resize(self->slots, (size_t)self->options.numprocesses, reason);
}

static void publish_stop(watcher_t *self)
{
    if (!self->is_announced)
        return;
    self->is_announced = false;
    self->is_active = false;
    self->is_ready = false;
    publish(self, EVENT_STOP, "stopped", self->reason);
    run_hook(self, HOOK_AFTER_STOP, NULL);
}

static void on_before_start(void *arg, bool may_go_on, const char *text)
{
    watcher_t *self = arg;
    self->phase = PHASE_NONE;
    if (may_go_on) {
        revive(self);
        return;
    }
    self->is_wanted = false;
    self->has_completed = true;
    ph_replace_text(&self->failure, text);
    ph_replace_text(&self->reason, text);
    publish_stop(self);
    tell_change(self);
}

/* What is asked for now makes a reload void, and what could not be done before, too. */
static void abandon_reload(watcher_t *self, const char *reason)
{
    rolling_abandon(&self->rolling, reason);
    ph_replace_text(&self->rolling.failure, NULL);
    ph_replace_text(&self->failure, NULL);
}

/* A request for a state makes those before it void. */
static void begin(watcher_t *self, bool is_wanted, const char *reason)
{
    self->is_wanted = is_wanted;
    self->starts_again = false;
    self->has_completed = false;
    self->phase = PHASE_NONE;
    timers_cancel(loop_timers(self->owner.host->loop), &self->warmup_timer);
    hook_cancel(self->owner.host->hooks, self);
    abandon_reload(self, reason);
    ph_replace_text(&self->reason, reason);
}

void watcher_start(watcher_t *self, const char *reason)
{
    if (self->phase == PHASE_BEFORE_START)
        return; /* the hook is asked already */
    bool is_new = !self->is_wanted || self->phase == PHASE_WAITING;
    begin(self, true, reason);
    resize(self, reason);
    if (!self->is_announced) {
        self->is_announced = true;
        self->is_ready = false; /* one that ended well has been ready until now */
        publish(self, EVENT_START, "starting", reason);
    }
    if (is_new && run_hook(self, HOOK_BEFORE_START, on_before_start))
        self->phase = PHASE_BEFORE_START;
    else
        revive(self);
}

void watcher_wait(watcher_t *self, const char *for_what, bool is_hopeless)
{
    bool is_known = self->phase == PHASE_WAITING && self->is_hopeless == is_hopeless &&
                    strcmp(self->waits_for, for_what) == 0;
    if (is_known)
        return;
    if (self->phase != PHASE_WAITING)
        begin(self, true, for_what);
    self->phase = PHASE_WAITING;
    self->is_hopeless = is_hopeless;
    ph_replace_text(&self->waits_for, for_what);
    tell_change(self);
}

/* ---- stopping ---- */

/* The watcher does not count as down in between: nobody may start it again before the last of its
 * processes was told. */
static void stop_processes(watcher_t *self)
{
    self->is_ready = false;
    self->phase = PHASE_BEFORE_STOP;
    slots_stop_all(self->slots, self->reason);
    self->phase = PHASE_NONE;
}

/* Called whenever the last process may have gone. */
static void take_end(watcher_t *self)
{
    if (self->is_wanted || self->phase != PHASE_NONE || has_processes(self))
        return;
    publish_stop(self);
    if (!self->starts_again)
        return;
    ph_cleanup(ph_freep) char *reason = ph_strdup(self->reason); /* the start replaces its own */
    watcher_start(self, reason);
}

static void on_before_stop(void *arg, bool may_go_on, const char *text)
{
    watcher_t *self = arg;
    if (may_go_on) {
        stop_processes(self);
        take_end(self);
    } else {
        self->phase = PHASE_NONE;
        self->is_wanted = true;
        self->starts_again = false;
        ph_replace_text(&self->failure, text);
    }
    tell_change(self);
}

void watcher_end(watcher_t *self, const char *reason)
{
    begin(self, false, reason);
    stop_processes(self);
    take_end(self);
    tell_change(self);
}

void watcher_stop(watcher_t *self, const char *reason)
{
    bool is_new = self->is_wanted;
    if (is_new && has_processes(self)) {
        begin(self, false, reason);
        if (run_hook(self, HOOK_BEFORE_STOP, on_before_stop)) {
            self->phase = PHASE_BEFORE_STOP;
            return;
        }
    }
    watcher_end(self, reason);
}

void watcher_restart(watcher_t *self, const char *reason)
{
    watcher_stop(self, reason);
    if (self->phase == PHASE_BEFORE_STOP || has_processes(self))
        self->starts_again = true;
    else
        watcher_start(self, reason);
}

/* ---- what its processes tell ---- */

/* Nothing runs, and nothing is to be started again: the watcher has done what it was for. */
static void take_completion(watcher_t *self, const process_t *last)
{
    if (!self->is_wanted || self->phase != PHASE_NONE || has_processes(self) ||
        !process_is_done(last))
        return;
    self->is_wanted = false;
    self->has_completed = true;
    ph_replace_text(&self->reason, "all its processes have ended");
    publish_stop(self);
    self->is_ready = process_has_succeeded(last);
}

static void take_news(watcher_t *self, enum rolling_news news)
{
    if (news == ROLLING_DONE)
        publish(self, EVENT_RELOAD, "reloaded", self->rolling.reason);
    if (news == ROLLING_FAILED)
        publish(self, EVENT_ERROR, "reload was given up", self->rolling.failure);
}

static void on_process_change(void *arg, process_t *process, enum process_state before)
{
    watcher_t *self = arg;
    struct slot *slot = slots_note(self->slots, process, before);
    if (process_state(process) == PROCESS_RUNNING)
        stats_ticker_start(&self->stats);
    take_news(self, rolling_note(&self->rolling, slot));
    take_readiness(self);
    take_completion(self, process);
    take_end(self);
    tell_change(self);
}

static void on_process_death(void *arg, const struct death *death)
{
    watcher_t *self = arg;
    death_log_add(&self->deaths, death);
}

static void on_process_age(void *arg, process_t *process)
{
    watcher_t *self = arg;
    if (self->options.singleton || self->options.kind == WATCHER_PLUGIN)
        process_restart(process, "max_age is reached");
    else
        rolling_replace(&self->rolling, slots_find(self->slots, process_wid(process)),
                        "max_age is reached");
}

/* ---- making it ---- */

watcher_t *watcher_new(struct watcher_options *options, const struct process_host *host,
                       watcher_change_fn *on_change, void *arg, struct ph_error *err)
{
    ph_cleanup(watcher_destroy) watcher_t *self = ph_calloc(1, sizeof *self);
    self->options = *options;
    *options = (struct watcher_options){0};
    self->on_change = on_change;
    self->arg = arg;
    self->warmup_timer = (struct timer){.fire = warm_up, .arg = self};
    self->owner = (struct process_owner){.host = host,
                                         .options = &self->options,
                                         .on_change = on_process_change,
                                         .on_death = on_process_death,
                                         .on_age = on_process_age,
                                         .arg = self};
    self->slots = slots_new(&self->owner);
    stats_ticker_init(&self->stats, &self->owner, self->slots);
    self->rolling.slots = self->slots;
    self->owner.plan = spawn_plan_new(&self->options, host->sockets, &host->descriptors);
    self->owner.output = output_new(host->streams, self->options.name, &self->options.stdout_stream,
                                    &self->options.stderr_stream, err);
    if (!self->owner.output)
        return NULL;
    resize(self, "it is made");
    return ph_steal(&self);
}

void watcher_destroy(watcher_t **self_p)
{
    watcher_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(loop_timers(self->owner.host->loop), &self->warmup_timer);
    stats_ticker_stop(&self->stats);
    hook_cancel(self->owner.host->hooks, self);
    slots_destroy(&self->slots);
    rolling_release(&self->rolling);
    spawn_plan_destroy(&self->owner.plan);
    output_destroy(&self->owner.output);
    death_log_release(&self->deaths);
    free(self->reason);
    free(self->waits_for);
    free(self->failure);
    watcher_options_release(&self->options);
    free(self);
    *self_p = NULL;
}

/* ---- other things that are asked for ---- */

static void send_hangup(watcher_t *self, const char *reason)
{
    slots_signal_all(self->slots, SIGHUP, reason);
    publish(self, EVENT_RELOAD, "reloaded by SIGHUP", reason);
}

void watcher_reload(watcher_t *self, bool is_sequential, const char *reason)
{
    ph_replace_text(&self->failure, NULL);
    if (self->phase != PHASE_NONE)
        return; /* it is being started anyway */
    if (self->options.send_hup)
        send_hangup(self, reason);
    else if (self->options.singleton || self->options.kind == WATCHER_PLUGIN)
        watcher_restart(self, reason);
    else
        rolling_begin(&self->rolling, is_sequential, reason);
}

void watcher_replace_outdated(watcher_t *self, const char *reason)
{
    ph_replace_text(&self->failure, NULL);
    ph_replace_text(&self->rolling.failure, NULL);
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot))
        if (process_is_outdated(slot->process) && !slot->elder)
            rolling_replace(&self->rolling, slot, reason);
}

bool watcher_is_outdated(const watcher_t *self)
{
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot))
        if (process_is_outdated(slot->process))
            return true;
    return false;
}

/* The number of processes is another one now. */
static void take_number(watcher_t *self, const char *reason)
{
    bool was_rolling = self->rolling.pending > 0;
    abandon_reload(self, reason);
    resize(self, reason);
    if (!self->is_wanted || self->phase != PHASE_NONE)
        return;
    ph_replace_text(&self->reason, reason);
    warm_up(self);
    if (was_rolling)
        watcher_replace_outdated(self, reason);
}

int watcher_set_numprocesses(watcher_t *self, int64_t count, const char *reason,
                             struct ph_error *err)
{
    if ((self->options.singleton || self->options.kind == WATCHER_PLUGIN) && count > 1)
        return ph_error_set(err, PH_CONFLICT, "'%s' is a singleton: it has at most one process",
                            self->options.name);
    ph_cleanup(ph_freep) char *text = ph_format("%lld", (long long)count);
    if (self->options.kind != WATCHER_PLUGIN) /* which would take it for an option of its own */
        written_set(&self->options.written, "numprocesses", text);
    self->options.numprocesses = count;
    take_number(self, reason);
    return 0;
}

/* ---- other options ---- */

static bool has_same_output(const watcher_t *self, const struct watcher_options *options)
{
    return stream_options_are_same(&self->options.stdout_stream, &options->stdout_stream) &&
           stream_options_are_same(&self->options.stderr_stream, &options->stderr_stream);
}

int watcher_check(const watcher_t *self, const struct watcher_options *options,
                  struct ph_error *err)
{
    if (has_same_output(self, options))
        return 0;
    return output_check(self->owner.output, &options->stdout_stream, &options->stderr_stream, err);
}

void watcher_take_written(watcher_t *self, struct watcher_options *options)
{
    written_release(&self->options.written);
    written_release(&self->options.variables);
    self->options.written = options->written;
    self->options.variables = options->variables;
    options->written = options->variables = (struct written_list){0};
}

void watcher_renew_written(watcher_t *self, const struct written_list *files)
{
    written_renew(&self->options.written, files);
}

/* Many borrow the struct, and its name: both stay where they are. */
static void replace_options(watcher_t *self, struct watcher_options *options)
{
    char *name = self->options.name;
    self->options.name = NULL;
    watcher_options_release(&self->options);
    free(options->name);
    self->options = *options;
    self->options.name = name;
    *options = (struct watcher_options){0};
    spawn_plan_renew(self->owner.plan);
}

static bool has_same_age(const struct watcher_options *a, const struct watcher_options *b)
{
    return a->max_age_ms == b->max_age_ms && a->max_age_variance_ms == b->max_age_variance_ms;
}

int watcher_configure(watcher_t *self, struct watcher_options *options, const char *reason,
                      struct ph_error *err)
{
    if (options->kind == WATCHER_PLUGIN) /* no configuration tells the number of a plugin */
        options->numprocesses = self->options.numprocesses;
    bool is_same_age = has_same_age(&self->options, options);
    bool is_same_number = self->options.numprocesses == options->numprocesses;
    if (!has_same_output(self, options) &&
        output_configure(self->owner.output, &options->stdout_stream, &options->stderr_stream,
                         err) < 0)
        return -1;
    replace_options(self, options);
    stats_ticker_stop(&self->stats);
    if (watcher_running(self) > 0)
        stats_ticker_start(&self->stats);
    if (!is_same_age)
        slots_renew_ages(self->slots);
    if (!is_same_number)
        take_number(self, reason);
    return 0;
}

void watcher_renew_sockets(watcher_t *self)
{
    spawn_plan_renew(self->owner.plan);
}

void watcher_reset(watcher_t *self, const char *reason)
{
    slots_reset_all(self->slots, reason);
}

void watcher_let_go(watcher_t *self)
{
    begin(self, false, "it is let go");
    slots_let_go_all(self->slots);
}

/* ---- what is known of it ---- */

const char *watcher_name(const watcher_t *self)
{
    return self->options.name;
}

const struct watcher_options *watcher_options(const watcher_t *self)
{
    return &self->options;
}

const char *watcher_status(const watcher_t *self)
{
    static const struct {
        enum process_state state;
        const char *word;
    } by_urgency[] = {
        {PROCESS_STOPPING, "stopping"}, {PROCESS_FAILED, "failed"},
        {PROCESS_BACKOFF, "backoff"},   {PROCESS_SPAWNING, "starting"},
        {PROCESS_STARTING, "starting"}, {PROCESS_RUNNING, "active"},
    };
    static const char *const words[] = {
        [PHASE_WAITING] = "waiting",
        [PHASE_BEFORE_START] = "starting",
        [PHASE_WARMING_UP] = "starting",
        [PHASE_BEFORE_STOP] = "stopping",
    };
    if (self->phase != PHASE_NONE)
        return words[self->phase];
    for (size_t i = 0; i < sizeof by_urgency / sizeof by_urgency[0]; i++)
        if (slots_in_state(self->slots, by_urgency[i].state) > 0)
            return by_urgency[i].word;
    return self->is_wanted && self->options.numprocesses == 0 ? "active" : "stopped";
}

bool watcher_is_settled(const watcher_t *self)
{
    size_t under_way = slots_in_state(self->slots, PROCESS_SPAWNING) +
                       slots_in_state(self->slots, PROCESS_STARTING) +
                       slots_in_state(self->slots, PROCESS_STOPPING);
    if (self->phase == PHASE_WAITING)
        return self->is_hopeless;
    return self->phase == PHASE_NONE && under_way == 0 && self->rolling.pending == 0 &&
           !self->starts_again;
}

bool watcher_is_wanted(const watcher_t *self)
{
    return self->is_wanted;
}

bool watcher_is_up(const watcher_t *self)
{
    return self->is_wanted && self->phase == PHASE_NONE &&
           slots_in_state(self->slots, PROCESS_RUNNING) == slots_staying(self->slots);
}

bool watcher_is_down(const watcher_t *self)
{
    return !has_processes(self) && !self->starts_again &&
           (self->phase == PHASE_NONE || self->phase == PHASE_WAITING);
}

bool watcher_is_waiting(const watcher_t *self)
{
    return self->phase == PHASE_WAITING;
}

bool watcher_starts_again(const watcher_t *self)
{
    return self->starts_again;
}

bool watcher_has_completed(const watcher_t *self)
{
    return self->has_completed;
}

bool watcher_is_ready(const watcher_t *self)
{
    return self->is_ready;
}

unsigned watcher_generation(const watcher_t *self)
{
    return self->generation;
}

void watcher_count_request(watcher_t *self)
{
    self->generation++;
}

/* Notes what a command has changed of a plugin's own options. */
static void note_set(struct watcher_options *self, const struct pairs *option)
{
    for (size_t i = 0; i < self->option.count; i++)
        if (!pairs_get_exact(option, self->option.items[i].key))
            written_set(&self->written, self->option.items[i].key, NULL);
    for (size_t i = 0; i < option->count; i++)
        written_set(&self->written, option->items[i].key, option->items[i].value);
}

void watcher_set_plugin_options(watcher_t *self, struct pairs *option)
{
    note_set(&self->options, option);
    pairs_release(&self->options.option);
    self->options.option = *option;
    *option = (struct pairs){0};
}

size_t watcher_numprocesses(const watcher_t *self)
{
    return (size_t)self->options.numprocesses;
}

size_t watcher_running(const watcher_t *self)
{
    return slots_in_state(self->slots, PROCESS_RUNNING);
}

process_t *watcher_next_process(const watcher_t *self, const process_t *previous)
{
    return slots_next_process(self->slots, previous);
}

process_t *watcher_find_process(const watcher_t *self, pid_t pid)
{
    process_t *process = NULL;
    while ((process = slots_next_process(self->slots, process)))
        if (process_pid(process) == pid)
            return process;
    return NULL;
}

const char *watcher_reason(const watcher_t *self)
{
    if (self->phase == PHASE_WAITING)
        return self->waits_for;
    const char *failure = watcher_failure(self);
    return failure ? failure : slots_reason(self->slots);
}

const char *watcher_failure(const watcher_t *self)
{
    return self->failure ? self->failure : self->rolling.failure;
}

const struct death *watcher_death(const watcher_t *self, size_t index)
{
    return death_log_at(&self->deaths, index);
}

const char *const *watcher_sockets(const watcher_t *self)
{
    return spawn_plan_sockets(self->owner.plan);
}

output_t *watcher_output(const watcher_t *self)
{
    return self->owner.output;
}
