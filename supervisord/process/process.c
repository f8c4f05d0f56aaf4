#include "../chance.h"
#include "announce.h"
#include "process_self.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>

enum { LOOK_AGAIN_MS = 100 };

static void start_timer(process_t *self, int64_t delay_ms)
{
    timers_start(loop_timers(self->host->loop), &self->timer, delay_ms);
}

static void stop_timer(process_t *self)
{
    timers_cancel(loop_timers(self->host->loop), &self->timer);
}

/* ---- spawning ---- */

static void fail_to_spawn(process_t *self, const char *reason)
{
    struct subject subject = run_subject(&self->run);
    run_release(&self->run);
    death_before_birth(&self->death, reason);
    announce_error(&subject, reason);
    process_apply(self, PROCESS_SPAWN_FAILED, reason);
}

static void do_spawn(process_t *self)
{
    struct ph_error err = {0};
    if (run_start(&self->run, &err) < 0) {
        fail_to_spawn(self, err.message);
        return;
    }
    if (self->backoff.deaths > 0)
        self->restarts++;
    struct subject subject = run_subject(&self->run);
    announce_spawn(&subject);
    process_apply(self, PROCESS_SPAWNED, "it was started");
}

static void on_before_spawn(void *arg, bool may_go_on, const char *text)
{
    if (may_go_on)
        do_spawn(arg);
    else
        fail_to_spawn(arg, text);
}

/* ---- coming up ---- */

static void on_ready(void *arg, const char *how)
{
    process_set_ready(arg, how);
}

/* Its death is then answered like any other. */
static void lose_hope(process_t *self)
{
    double limit_s = (double)self->options->startup_timeout_ms / 1000;
    run_give_up(&self->run, ph_format("start timed out: it was not ready within %g s", limit_s));
}

/* ---- stopping ---- */

static void enter_stopping(process_t *self, const char *reason)
{
    stop_timer(self);
    hang_stop(&self->hang);
    age_stop(&self->age);
    self->ending.is_asked = true;
    readiness_close(&self->run.readiness);
    orphans_remember(self->host->orphans, self->run.child.serial, self->run.child.pid);
    stop_begin(&self->stop, &self->stop_way, reason);
}

/* ---- deaths ---- */

/* Nothing but its end may happen to it now, which may take its time: a hook runs before it. */
static void on_child_exit(void *arg)
{
    process_t *self = arg;
    hang_stop(&self->hang);
    age_stop(&self->age);
    if (self->state != PROCESS_STOPPING)
        stop_timer(self);
    ending_begin(&self->ending);
}

static void on_ending_over(void *arg)
{
    process_t *self = arg;
    if (self->state == PROCESS_STOPPING)
        self->owner->on_death(self->owner->arg, &self->death);
    process_apply(self, PROCESS_EXIT, self->death.cause);
}

/* ---- what each state begins with ---- */

static void enter_stopped(process_t *self, const char *reason)
{
    stop_timer(self);
    hook_cancel(self->host->hooks, self);
    deliveries_cancel(&self->deliveries);
    self->backoff = (struct backoff){0};
    if (self->starts_again)
        process_apply(self, PROCESS_START, reason);
}

static void enter_spawning(process_t *self, const char *reason)
{
    (void)reason;
    self->starts_again = false;
    self->is_done = false;
    self->was_up = false;
    self->ending.is_asked = false;
    stop_timer(self);
    if (!run_hook(&self->run, HOOK_BEFORE_SPAWN, NO_DETAIL, on_before_spawn, self))
        start_timer(self, 0);
}

static void enter_starting(process_t *self, const char *reason)
{
    (void)reason;
    const struct watcher_options *options = self->options;
    run_hook(&self->run, HOOK_AFTER_SPAWN, NO_DETAIL, NULL, NULL);
    if (readiness_is_told(options)) {
        if (options->startup_timeout_ms > 0)
            start_timer(self, options->startup_timeout_ms);
    } else if (options->startsecs_ms > 0) {
        start_timer(self, options->startsecs_ms);
    } else {
        process_apply(self, PROCESS_READY, "it runs");
    }
}

static void enter_running(process_t *self, const char *reason)
{
    struct subject subject = run_subject(&self->run);
    self->was_up = true;
    run_set_failure(&self->run, NULL); /* whatever it said before, it runs */
    announce_ready(&subject, reason);
    stop_timer(self);
    hang_watch(&self->hang);
    age_watch(&self->age);
}

/* Says whether the end of the child is to be answered by another. */
static bool is_to_be_restarted(const process_t *self)
{
    const struct watcher_options *options = self->options;
    if (self->is_let_go || !options->respawn || options->restart_mode == RESTART_NEVER)
        return false;
    return options->restart_mode == RESTART_ALWAYS || !process_has_succeeded(self);
}

static void fail(process_t *self, int64_t retry_ms, const char *reason)
{
    struct subject subject = run_subject(&self->run);
    unsigned deaths = self->backoff.deaths;
    ph_cleanup(ph_freep) char *text = ph_format("%u deaths in a row, the last: %s", deaths, reason);
    announce_failed(&subject, deaths, retry_ms, text);
    process_apply(self, PROCESS_GIVE_UP, text);
    if (retry_ms >= 0)
        start_timer(self, retry_ms);
}

static void enter_backoff(process_t *self, const char *reason)
{
    struct subject subject = run_subject(&self->run);
    int64_t uptime_ms = self->death.uptime_ms < 0 ? 0 : self->death.uptime_ms;
    bool is_to_go_on = is_to_be_restarted(self);
    struct backoff_verdict verdict = backoff_after_death(&self->backoff, &self->options->restart,
                                                         self->was_up, uptime_ms, chance());
    self->death.attempt = self->backoff.deaths;
    self->owner->on_death(self->owner->arg, &self->death);
    if (!is_to_go_on) {
        self->is_done = true;
        process_apply(self, PROCESS_DONE, reason);
    } else if (verdict.has_failed) {
        fail(self, verdict.delay_ms, reason);
    } else if (verdict.delay_ms == 0) {
        process_apply(self, PROCESS_DELAY_OVER, reason);
    } else {
        announce_backoff(&subject, self->backoff.deaths, verdict.delay_ms, reason);
        start_timer(self, verdict.delay_ms);
    }
}

typedef void entry_fn(process_t *self, const char *reason);

static entry_fn *const entries[PROCESS_STATE_COUNT] = {
    [PROCESS_STOPPED] = enter_stopped,   [PROCESS_SPAWNING] = enter_spawning,
    [PROCESS_STARTING] = enter_starting, [PROCESS_RUNNING] = enter_running,
    [PROCESS_STOPPING] = enter_stopping, [PROCESS_BACKOFF] = enter_backoff,
};

/* A state may begin with the next change. The watcher is told once, of the whole. */
void process_apply(process_t *self, enum process_event event, const char *reason)
{
    enum process_state before = self->state;
    if (!process_transition(before, event, &self->state))
        return;
    bool is_within_another = self->is_changing;
    self->is_changing = true;
    if (entries[self->state])
        entries[self->state](self, reason);
    if (is_within_another)
        return;
    self->is_changing = false;
    self->owner->on_change(self->owner->arg, self, before);
}

/* It may have died in time, and only the news of it be late. */
static void press_on(process_t *self)
{
    if (child_has_unseen_end(&self->run.child))
        start_timer(self, LOOK_AGAIN_MS);
    else if (self->stop.step == STOP_BY_FORCE)
        ending_leave_child(&self->ending);
    else
        stop_press_on(&self->stop);
}

static void on_timer(void *arg)
{
    process_t *self = arg;
    if (self->state == PROCESS_SPAWNING)
        do_spawn(self);
    else if (self->state == PROCESS_STARTING && readiness_is_told(self->options))
        lose_hope(self);
    else if (self->state == PROCESS_STARTING)
        process_apply(self, PROCESS_READY, "it has run for startsecs");
    else if (self->state == PROCESS_STOPPING && self->run.child.pid == 0)
        ending_leave_orphans(&self->ending);
    else if (self->state == PROCESS_STOPPING)
        press_on(self);
    else
        process_apply(self, PROCESS_DELAY_OVER, "the delay is over");
}

/* ---- the beginning and the end ---- */

process_t *process_new(const struct process_owner *owner, int wid)
{
    process_t *self = ph_calloc(1, sizeof *self);
    self->owner = owner;
    self->host = owner->host;
    self->options = owner->options;
    self->wid = wid;
    self->timer = (struct timer){.fire = on_timer, .arg = self};
    self->death.wid = wid;
    run_init(&self->run, owner, self, wid, on_child_exit, on_ready);
    self->deliveries = (struct deliveries){.run = &self->run};
    self->stop =
        (struct stop){.run = &self->run, .deliveries = &self->deliveries, .timer = &self->timer};
    hang_init(&self->hang, &self->run);
    age_init(&self->age, &self->run);
    ending_init(&self->ending, &self->run, &self->stop, &self->timer, &self->death, on_ending_over,
                self);
    return self;
}

void process_destroy(process_t **self_p)
{
    process_t *self = *self_p;
    if (!self)
        return;
    stop_timer(self);
    hang_stop(&self->hang);
    age_stop(&self->age);
    ending_cancel(&self->ending);
    hook_cancel(self->host->hooks, self);
    deliveries_cancel(&self->deliveries);
    if (self->run.child.pid > 0)
        kill(-self->run.child.pid, SIGKILL);
    run_release(&self->run);
    death_release(&self->death);
    stop_release(&self->stop);
    free(self);
    *self_p = NULL;
}
