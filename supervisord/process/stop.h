/* stop.h - how a child is brought to its end: asked, signalled, forced, each in its time. */
#pragma once

#include "delivery.h"

/* How it goes about it. */
struct stop_way {
    int signal;
    int64_t patience_ms; /* then SIGKILL */
};

/* The steps; each is given a time. */
enum stop_step { STOP_BY_MESSAGE, STOP_BY_SIGNAL, STOP_BY_FORCE };

/* Part of its owner. All pointers but the reason are borrowed. */
struct stop {
    struct run *run;
    struct deliveries *deliveries;
    struct timer *timer; /* its owner calls stop_press_on when it fires */
    enum stop_step step;
    struct stop_way way;
    char *reason;
};

/* Begins to stop the child, or begins anew in another way. A plugin with a session is asked first
 * when it is the usual way. */
void stop_begin(struct stop *self, const struct stop_way *way, const char *reason);

/* Goes on to the next step: the time of the last one is over. */
void stop_press_on(struct stop *self);

void stop_release(struct stop *self);
