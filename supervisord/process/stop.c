#include "stop.h"

#include "signals.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>

static void set_reason(struct stop *self, const char *reason)
{
    char *copy = ph_strdup(reason);
    free(self->reason);
    self->reason = copy;
}

static void start_timer(struct stop *self, int64_t delay_ms)
{
    timers_start(loop_timers(self->run->owner->host->loop), self->timer, delay_ms);
}

static void send_signal(struct stop *self, int number, const char *reason)
{
    ph_cleanup(ph_freep) char *name = signal_to_name(number);
    struct subject subject = run_subject(self->run);
    bool is_for_group = self->run->owner->options->stop_children || number == SIGKILL;
    run_signal(self->run, number, is_for_group);
    announce_kill(&subject, name, reason);
}

/* Returns what hooks are told, which the caller frees. */
static char *describe_signal(const struct stop *self)
{
    ph_cleanup(ph_freep) char *name = signal_to_name(self->way.signal);
    return ph_format("PLUGHOST_SIGNAL=%s", name);
}

static void send_stop_signal(struct stop *self)
{
    ph_cleanup(ph_freep) char *detail = describe_signal(self);
    send_signal(self, self->way.signal, self->reason);
    run_hook(self->run, HOOK_AFTER_SIGNAL, detail, NULL, NULL);
}

static void on_before_signal(void *arg, bool may_go_on, const char *text)
{
    struct stop *self = arg;
    struct subject subject = run_subject(self->run);
    if (!run_is_alive(self->run))
        return;
    if (may_go_on)
        send_stop_signal(self);
    else
        announce_error(&subject, text);
}

/* The time runs from now, whatever the hook does. */
static void stop_by_signal(struct stop *self, int64_t patience_ms)
{
    ph_cleanup(ph_freep) char *detail = describe_signal(self);
    self->step = STOP_BY_SIGNAL;
    start_timer(self, patience_ms);
    if (!run_hook(self->run, HOOK_BEFORE_SIGNAL, detail, on_before_signal, self))
        send_stop_signal(self);
}

static bool ask_to_stop(struct stop *self)
{
    const struct process_owner *owner = self->run->owner;
    bool is_usual = self->way.signal == owner->options->stop_signal;
    return is_usual && self->run->session && owner->host->ask_to_stop(self->run->session);
}

void stop_begin(struct stop *self, const struct stop_way *way, const char *reason)
{
    struct subject subject = run_subject(self->run);
    self->way = *way;
    set_reason(self, reason);
    if (!ask_to_stop(self)) {
        stop_by_signal(self, way->patience_ms);
        return;
    }
    self->step = STOP_BY_MESSAGE;
    announce_kill(&subject, "stop", reason);
    start_timer(self, way->patience_ms / 2);
}

void stop_press_on(struct stop *self)
{
    if (self->step == STOP_BY_MESSAGE) {
        set_reason(self, "it did not stop when asked");
        stop_by_signal(self, self->way.patience_ms / 2);
        return;
    }
    self->step = STOP_BY_FORCE;
    send_signal(self, SIGKILL, "graceful_timeout is over");
}

void stop_release(struct stop *self)
{
    hook_cancel(self->run->owner->host->hooks, self);
    free(self->reason);
}
