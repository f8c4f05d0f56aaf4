/* age.h - notices that a child has reached `max_age`. */
#pragma once

#include "run.h"

/* Part of its owner; age_init first. */
struct age {
    struct run *run;
    struct timer timer;
};

/* `run` is borrowed. */
void age_init(struct age *self, struct run *run);

/* Begins to watch, if the options want it, or anew: they have changed. From then on `on_age` of the
 * process's owner is called, and called again after as long if nothing came of it. */
void age_watch(struct age *self);

void age_stop(struct age *self);
