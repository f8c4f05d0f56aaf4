#include "hang.h"

#include "delivery.h"

#include <alloc.h>
#include <signal.h>

enum { ABORT_PATIENCE_MS = 2000 };

static timers_t *timers_of(const struct hang *self)
{
    return loop_timers(self->run->owner->host->loop);
}

static void on_hang(void *arg)
{
    struct hang *self = arg;
    struct subject subject = run_subject(self->run);
    double limit_s = (double)self->run->owner->options->watchdog_ms / 1000;
    ph_cleanup(ph_freep) char *text =
        ph_format("watchdog: it gave no sign of life for %g s", limit_s);
    run_set_failure(self->run, text);
    announce_error(&subject, text);
    run_signal(self->run, SIGABRT, false);
    timers_start(timers_of(self), &self->abort_timer, ABORT_PATIENCE_MS);
}

static void on_abort_timer(void *arg)
{
    const struct hang *self = arg;
    if (run_is_alive(self->run))
        delivery_force(self->run, SIGKILL, "it hangs and did not end by SIGABRT");
}

void hang_init(struct hang *self, struct run *run)
{
    *self = (struct hang){.run = run, .abort_timer = {.fire = on_abort_timer, .arg = self}};
    self->watchdog = (struct watchdog){.timers = timers_of(self), .on_hang = on_hang, .arg = self};
}

void hang_watch(struct hang *self)
{
    int64_t limit_ms = self->run->owner->options->watchdog_ms;
    if (limit_ms > 0)
        watchdog_start(&self->watchdog, limit_ms);
}

void hang_stop(struct hang *self)
{
    watchdog_stop(&self->watchdog);
    timers_cancel(timers_of(self), &self->abort_timer);
}
