/* stats_view.h - what a process uses, as replies and events have it. */
#pragma once

#include "process.h"
#include "stats.h"

struct stats_view {
    const proctable_t *table; /* where descendants are found */
    bool is_extended;         /* also what takes the kernel longer to find out */
};

/* Writes a map under `key`, with the names of Circus and further ones; a process that is gone
 * meanwhile gives a sentence instead, as in Circus. */
void stats_view_write(const struct stats_view *view, ph_writer_t *reply, const char *key,
                      process_t *process);
