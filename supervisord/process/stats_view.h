/* stats_view.h - what a process uses, as replies and events have it. */
#pragma once

#include "process.h"
#include "stats.h"

struct stats_view {
    const proctable_t *table; /* where descendants are found */
    bool is_extended;         /* also what takes the kernel longer to find out */
};

/* Write texts as Circus has them: "8.93M"; "m:ss.cc". */
void stats_view_write_size(ph_writer_t *reply, const char *key, int64_t bytes);
void stats_view_write_cpu_time(ph_writer_t *reply, const char *key, double seconds);

/* Writes what was read of a process into the open map. */
void stats_view_write_fields(ph_writer_t *reply, const struct process_stats *stats);

/* Writes a map under `key`, with the names of Circus and further ones; a process that is gone
 * meanwhile gives a sentence instead, as in Circus. */
void stats_view_write(const struct stats_view *view, ph_writer_t *reply, const char *key,
                      process_t *process);
