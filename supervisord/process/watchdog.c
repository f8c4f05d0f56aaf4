#include "watchdog.h"

#include <clock.h>

/* A sign of life only notes the time: the timer looks at it when it fires. It may be the daemon
 * that was held up: then signs of life wait to be read, and are, before the timer fires again. */
static void on_timer(void *arg)
{
    struct watchdog *self = arg;
    int64_t left_ms = self->due_ms - ph_clock_ms();
    if (left_ms > 0 || !self->is_last_chance) {
        self->is_last_chance = left_ms <= 0;
        timers_start(self->timers, &self->timer, left_ms > 0 ? left_ms : WATCHDOG_LAST_CHANCE_MS);
        return;
    }
    self->limit_ms = 0;
    self->on_hang(self->arg);
}

void watchdog_start(struct watchdog *self, int64_t limit_ms)
{
    self->limit_ms = limit_ms;
    self->timer.fire = on_timer;
    self->timer.arg = self;
    watchdog_take_heartbeat(self, 0);
    timers_start(self->timers, &self->timer, limit_ms);
}

void watchdog_take_heartbeat(struct watchdog *self, int64_t busy_ms)
{
    self->due_ms = 0;
    watchdog_show_life(self);
    if (self->last_ms + busy_ms > self->due_ms)
        self->due_ms = self->last_ms + busy_ms;
}

void watchdog_show_life(struct watchdog *self)
{
    self->last_ms = ph_clock_ms();
    if (self->last_ms + self->limit_ms > self->due_ms)
        self->due_ms = self->last_ms + self->limit_ms;
}

void watchdog_stop(struct watchdog *self)
{
    self->limit_ms = 0;
    timers_cancel(self->timers, &self->timer);
}

int64_t watchdog_silence_ms(const struct watchdog *self)
{
    return self->limit_ms > 0 ? ph_clock_ms() - self->last_ms : -1;
}
