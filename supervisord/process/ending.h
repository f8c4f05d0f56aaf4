/* ending.h - what comes between the end of a child and the end of all that it leaves: hooks,
 * reaping, its session, its descendants. */
#pragma once

#include "orphans.h"
#include "run.h"
#include "stop.h"

/* Part of its owner; ending_init first. Whoever waits for a child that was asked to end waits for
 * all that it left behind, too. */
struct ending {
    struct run *run;
    const struct stop *stop;
    struct timer *timer;
    struct death *death;
    bool is_asked; /* it was asked to end, for the reason of `stop`; set by the owner */

    void (*on_over)(void *arg); /* the run has been released, and `death` says how it ended */
    void *arg;

    struct timer reap_timer; /* for a dead child that cannot be reaped yet */
    struct orphans_wait orphans_wait;
};

/* All is borrowed. When `timer` fires for a run that was released already, the owner calls
 * ending_leave_orphans. */
void ending_init(struct ending *self, struct run *run, const struct stop *stop, struct timer *timer,
                 struct death *death, void (*on_over)(void *arg), void *arg);

/* The child has ended. `on_over` may be called at once. */
void ending_begin(struct ending *self);

/* It cannot be killed: it runs as somebody else, or the kernel holds it. It is left to itself, so
 * that a stop always ends. */
void ending_leave_child(struct ending *self);

/* The kernel does not let somebody die: nothing can be done, and nobody shall wait for ever. */
void ending_leave_orphans(struct ending *self);

/* `on_over` is not called any more. */
void ending_cancel(struct ending *self);
