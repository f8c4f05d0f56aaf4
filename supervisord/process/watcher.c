#include "watcher_self.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

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
    if (self->is_wanted || self->phase != PHASE_NONE || watcher_has_processes(self))
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
    if (is_new && watcher_has_processes(self)) {
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
    if (self->phase == PHASE_BEFORE_STOP || watcher_has_processes(self))
        self->starts_again = true;
    else
        watcher_start(self, reason);
}

/* ---- what its processes tell ---- */

/* Nothing runs, and nothing is to be started again: the watcher has done what it was for. */
static void take_completion(watcher_t *self, const process_t *last)
{
    if (!self->is_wanted || self->phase != PHASE_NONE || watcher_has_processes(self) ||
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

void watcher_take_number(watcher_t *self, const char *reason)
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

void watcher_reset(watcher_t *self, const char *reason)
{
    slots_reset_all(self->slots, reason);
}

void watcher_let_go(watcher_t *self)
{
    begin(self, false, "it is let go");
    slots_let_go_all(self->slots);
}
