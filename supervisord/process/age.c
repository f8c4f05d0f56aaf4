#include "age.h"

#include "../chance.h"

#include <clock.h>

static timers_t *timers_of(const struct age *self)
{
    return loop_timers(self->run->owner->host->loop);
}

/* If it cannot be replaced now, it is tried again after as long. */
static void on_timer(void *arg)
{
    struct age *self = arg;
    const struct process_owner *owner = self->run->owner;
    timers_start(timers_of(self), &self->timer, owner->options->max_age_ms);
    owner->on_age(owner->arg, self->run->process);
}

void age_init(struct age *self, struct run *run)
{
    *self = (struct age){.run = run, .timer = {.fire = on_timer, .arg = self}};
}

/* It may have passed the age already. */
void age_watch(struct age *self)
{
    const struct watcher_options *options = self->run->owner->options;
    age_stop(self);
    if (options->max_age_ms == 0)
        return;
    int64_t variance_ms = (int64_t)((double)options->max_age_variance_ms * chance());
    int64_t left_ms = options->max_age_ms + variance_ms - (ph_clock_ms() - self->run->spawned_ms);
    timers_start(timers_of(self), &self->timer, left_ms > 0 ? left_ms : 0);
}

void age_stop(struct age *self)
{
    timers_cancel(timers_of(self), &self->timer);
}
