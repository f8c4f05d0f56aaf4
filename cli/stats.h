/* stats.h - the table of `plughostctl stats`. */
#pragma once

#include <plughost/value.h>
#include <stdbool.h>

/* Prints one row for each process of a stats reply, and one for what its descendants add up to;
 * `name` is the watcher where the reply is about one process. A terminal gets sizes and times for
 * people and at most its width; anything else gets bytes, seconds and everything. */
void stats_print(const ph_value_t *reply, const char *name, bool is_extended);
