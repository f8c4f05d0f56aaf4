#include "stop.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>

enum { FORCE_PATIENCE_MS = 10000 };

static void start_timer(struct stop *self, int64_t delay_ms)
{
    timers_start(loop_timers(self->run->owner->host->loop), self->timer, delay_ms);
}

/* The time runs from now, whatever a hook does. */
static void stop_by_signal(struct stop *self, int64_t patience_ms)
{
    self->step = STOP_BY_SIGNAL;
    start_timer(self, patience_ms);
    delivery_begin(self->deliveries, self->way.signal, DELIVERY_STOP, self->reason);
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
    ph_replace_text(&self->reason, reason);
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
        ph_replace_text(&self->reason, "it did not stop when asked");
        stop_by_signal(self, self->way.patience_ms / 2);
        return;
    }
    self->step = STOP_BY_FORCE;
    start_timer(self, FORCE_PATIENCE_MS);
    delivery_force(self->run, SIGKILL, "graceful_timeout is over");
}

void stop_release(struct stop *self)
{
    free(self->reason);
}
