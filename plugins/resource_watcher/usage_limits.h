/* usage_limits.h - how much may be used, and for how many looks in a row somebody has not kept to
 * it. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <usage.h>

/* An amount of memory: percent of the machine's, or bytes. */
struct memory_limit {
    bool is_set, is_bytes;
    double value;
};

/* Reads "90", "90%", "250M" and the like, with B, K, M, G or T as the unit; `option` is for the
 * message. NULL and "" set nothing. Returns 0, or -1 with PH_INVALID. */
int memory_limit_read(struct memory_limit *limit, const char *option, const char *text,
                      struct ph_error *err);

struct limits {
    double max_cpu; /* percent of one processor; 0: none */
    bool has_min_cpu;
    double min_cpu;
    struct memory_limit max_mem, min_mem;
    double health_threshold; /* the mean of the most cpu and the most memory, percent; 0: none */
    int max_count;           /* so many looks in a row are still forgiven */
};

enum limit {
    LIMIT_OVER_CPU,
    LIMIT_UNDER_CPU,
    LIMIT_OVER_MEMORY,
    LIMIT_UNDER_MEMORY,
    LIMIT_OVER_HEALTH,
    LIMITS,
};

/* Returns the name of a limit, as it is counted: "over_cpu". */
const char *limit_name(enum limit limit);

/* What was seen in a row, of one process or of all of a watcher; all zero at first. */
struct breaches {
    int counts[LIMITS];
};

/* Says for each limit whether it is not kept to. Who uses nothing because there is no process keeps
 * to all. */
void limits_check(const struct limits *limits, const struct usage *usage, bool broken[LIMITS]);

/* Counts one look. Returns the limit that was broken once more than max_count forgives, and begins
 * to count anew; or LIMITS. */
enum limit breaches_count(struct breaches *self, const struct limits *limits,
                          const bool broken[LIMITS]);
