/* hang.h - what is done about a child that gives no sign of life: SIGABRT, so that a core shows
 * where it hangs if its limits allow one, and SIGKILL if that does not end it. */
#pragma once

#include "run.h"
#include "watchdog.h"

/* Part of its owner; hang_init first. */
struct hang {
    struct run *run;
    struct watchdog watchdog;
    struct timer abort_timer; /* for one that does not end by SIGABRT */
};

/* `run` is borrowed. */
void hang_init(struct hang *self, struct run *run);

/* Begins to watch, if the options want it. */
void hang_watch(struct hang *self);

/* Nothing is watched or done any more. */
void hang_stop(struct hang *self);
