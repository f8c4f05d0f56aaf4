/* timers.h - any number of one-shot timers behind one descriptor: a heap and a timerfd. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct timers timers_t;
typedef void timer_fn(void *arg);

/* A timer, part of its owner. Zero it, set `fire` and `arg`, and cancel it before the owner
 * goes. */
struct timer {
    timer_fn *fire;
    void *arg;
    int64_t due_ms;
    uint64_t order; /* of equal times, the one started first fires first */
    size_t place;   /* in the heap, from 1; 0: not running */
};

/* Returns NULL and fills `err` when there is no descriptor left. The caller owns the result. */
timers_t *timers_new(struct ph_error *err);

/* Frees `*self_p` and sets it to NULL; running timers are forgotten. `*self_p` may be NULL. */
void timers_destroy(timers_t **self_p);

/* Returns the descriptor, readable when a timer is due and, once, when one would have been that was
 * cancelled. It belongs to the timers. */
int timers_fd(const timers_t *self);

/* Starts `timer`, or starts it anew: it fires once, `delay_ms` from now. */
void timers_start(timers_t *self, struct timer *timer, int64_t delay_ms);

/* Stops `timer`; nothing happens if it is not running. */
void timers_cancel(timers_t *self, struct timer *timer);

/* Leaves the descriptor as it is until timers_fire, which is about to be called. */
void timers_hold(timers_t *self);

/* Fires up to `limit` timers that are due and sets the descriptor for the next. */
void timers_fire(timers_t *self, unsigned limit);
