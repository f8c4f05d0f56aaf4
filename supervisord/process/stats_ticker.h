/* stats_ticker.h - publishes what the processes of a watcher use, every so often. */
#pragma once

#include "slots.h"

/* Part of its owner. */
struct stats_ticker {
    const struct process_owner *owner; /* borrowed, as the slots are */
    const slots_t *slots;
    struct timer timer;
};

void stats_ticker_init(struct stats_ticker *self, const struct process_owner *owner,
                       const slots_t *slots);

/* Begins, if the options say how often; nothing happens if it has begun. It ends by itself once no
 * process is left. */
void stats_ticker_start(struct stats_ticker *self);
void stats_ticker_stop(struct stats_ticker *self);
