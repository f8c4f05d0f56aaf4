/* usage.h - what the processes of a watcher use, put together from an answer of the command
 * `stats`. */
#pragma once

#include <plughost/value.h>

/* The most, the least and the sum over processes. */
struct spread {
    double max, min, sum;
};

struct usage {
    size_t count;      /* processes that are measured; 0: the rest is 0 */
    struct spread cpu; /* percent of one processor */
    struct spread mem; /* percent of the machine's memory */
    struct spread rss; /* bytes */
};

/* Reads the `info` of one watcher: a map of process ids to what each of them uses. Processes that
 * have just ended are left out. NULL is a watcher without processes. */
void usage_read(const ph_value_t *info, struct usage *usage);

/* Adds one process. */
void usage_add(struct usage *usage, double cpu, double mem, double rss);
