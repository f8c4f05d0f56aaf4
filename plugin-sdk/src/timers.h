/* timers.h - functions of a plugin that are called when their time has come. Times are milliseconds
 * of the monotonic clock. */
#pragma once

#include <plughost/plugin.h>

typedef struct timers timers_t;

timers_t *timers_new(void);
void timers_destroy(timers_t **self_p);

/* What is to be called; `period_ms` 0: once. */
struct timer_spec {
    int64_t due;
    int period_ms;
    ph_timer_fn *function;
    void *arg;
};

/* Adds a timer and returns its id, from 1. */
int timers_add(timers_t *self, const struct timer_spec *spec);

/* Forgets a timer, if there is still one of that id. */
void timers_cancel(timers_t *self, int id);

/* Calls the functions that are due at `now`, the earliest first; not those that they add
 * themselves. */
void timers_run(timers_t *self, ph_plugin_t *plugin, int64_t now);

/* Returns when the next is due, -1: none is. */
int64_t timers_deadline(const timers_t *self);
