/* delivery.h - sends signals to a child, with the hooks that are run around them. */
#pragma once

#include "run.h"

struct delivery;

/* Those that wait for a hook. Part of its owner. */
struct deliveries {
    struct run *run; /* borrowed */
    struct delivery *first;
};

/* What a signal is for. */
enum delivery_purpose {
    DELIVERY_STOP,  /* it is to end; goes to its group with stop_children */
    DELIVERY_OTHER, /* something that somebody asked for */
};

/* Sends a signal once before_signal has agreed, and runs after_signal then. A refusal is told, but
 * does not keep a SIGKILL back. `reason` is for events. */
void delivery_begin(struct deliveries *owner, int number, enum delivery_purpose purpose,
                    const char *reason);

/* Sends a signal at once, without hooks. */
void delivery_force(const struct run *run, int number, const char *reason);

/* Nothing more is sent. */
void deliveries_cancel(struct deliveries *self);
