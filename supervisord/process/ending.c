#include "ending.h"

#include <alloc.h>

enum { REAP_AGAIN_MS = 100, ORPHANS_PATIENCE_MS = 10000 };

static const struct process_host *host_of(const struct ending *self)
{
    return self->run->owner->host;
}

static timers_t *timers_of(const struct ending *self)
{
    return loop_timers(host_of(self)->loop);
}

static void finish(void *arg)
{
    struct ending *self = arg;
    timers_cancel(timers_of(self), self->timer);
    self->on_over(self->arg);
}

static void explain_stop(struct ending *self)
{
    ph_cleanup(ph_freep) char *cause =
        ph_format("stopped: %s (%s)", self->stop->reason, self->death->cause);
    death_set_cause(self->death, cause);
}

/* ---- the child ---- */

static void run_after_reap(struct ending *self)
{
    struct hook_detail detail = {.has_exit_code = true, .exit_code = self->death->exit_code};
    run_hook(self->run, HOOK_AFTER_REAP, detail, NULL, NULL);
}

/* Everything that ends with the child itself. */
static void announce_end(struct ending *self)
{
    struct subject subject = run_subject(self->run);
    if (self->is_asked)
        explain_stop(self);
    run_close_session(self->run, self->death->cause);
    announce_death(&subject, self->death);
    run_after_reap(self);
}

static void release(struct ending *self)
{
    orphans_t *orphans = host_of(self)->orphans;
    bool is_held = run_is_held(self->run);
    uint64_t serial = self->run->child.serial;
    run_release(self->run);
    if (self->is_asked && is_held) {
        orphans_sweep_for(orphans, serial, &self->orphans_wait);
        timers_start(timers_of(self), self->timer, ORPHANS_PATIENCE_MS);
        return;
    }
    orphans_sweep_soon(orphans);
    finish(self);
}

static void take_death(void *arg)
{
    struct ending *self = arg;
    if (!run_reap(self->run, self->is_asked, self->death)) {
        timers_start(timers_of(self), &self->reap_timer, REAP_AGAIN_MS);
        return;
    }
    timers_cancel(timers_of(self), self->timer);
    announce_end(self);
    release(self);
}

static void on_before_reap(void *arg, bool may_go_on, const char *text)
{
    (void)may_go_on; /* a dead child has to be reaped */
    (void)text;
    take_death(arg);
}

/* Who waits for an answer of the child need not wait for the hook. */
void ending_begin(struct ending *self)
{
    if (!run_hook(self->run, HOOK_BEFORE_REAP, NO_DETAIL, on_before_reap, self)) {
        take_death(self);
        return;
    }
    ph_cleanup(ph_freep) char *cause = run_cause(self->run);
    run_close_session(self->run, cause);
}

/* ---- what does not end ---- */

void ending_leave_child(struct ending *self)
{
    struct subject subject = run_subject(self->run);
    ending_cancel(self);
    death_before_birth(self->death, "it cannot be killed, and is left to itself");
    self->death->pid = self->run->child.pid;
    explain_stop(self);
    announce_error(&subject, self->death->cause);
    run_release(self->run);
    finish(self);
}

void ending_leave_orphans(struct ending *self)
{
    struct subject subject = run_subject(self->run);
    ending_cancel(self);
    announce_error(&subject, "what it left behind cannot be killed");
    finish(self);
}

/* ---- beginning and end of it all ---- */

void ending_init(struct ending *self, struct run *run, const struct stop *stop, struct timer *timer,
                 struct death *death, void (*on_over)(void *arg), void *arg)
{
    *self = (struct ending){
        .run = run, .stop = stop, .timer = timer, .death = death, .on_over = on_over, .arg = arg};
    self->reap_timer = (struct timer){.fire = take_death, .arg = self};
    self->orphans_wait = (struct orphans_wait){.on_gone = finish, .arg = self};
}

void ending_cancel(struct ending *self)
{
    timers_cancel(timers_of(self), &self->reap_timer);
    orphans_cancel(host_of(self)->orphans, &self->orphans_wait);
    hook_cancel(host_of(self)->hooks, self);
}
