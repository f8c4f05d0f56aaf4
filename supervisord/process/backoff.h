/* backoff.h - when a process that died is started again. Pure: no clock, no dice of its own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct backoff_policy {
    int64_t restart_delay_ms;     /* the first delay; each further one is twice as long */
    int64_t restart_delay_max_ms; /* but no longer than this */
    double restart_jitter;        /* up to this share is added by chance: 0.1 is 10 % */
    int64_t stable_after_ms;      /* a run of this length ends a row of deaths */
    int64_t max_restarts;         /* deaths in a row before giving up; 0: never give up */
    int64_t failed_retry_ms;      /* after giving up, try once in so long; 0: not at all */
};

struct backoff {
    unsigned deaths; /* in a row */
    unsigned delays; /* delays given in that row */
};

struct backoff_verdict {
    bool has_failed;  /* too many deaths in a row */
    int64_t delay_ms; /* until the next try; -1: none */
};

/* Counts a death and says what follows. `was_up` tells whether the process had come up at all: the
 * first death in a row of one that had is answered at once, every other waits. `chance` is a random
 * number from 0 up to, not including, 1. */
struct backoff_verdict backoff_after_death(struct backoff *self,
                                           const struct backoff_policy *policy, bool was_up,
                                           int64_t uptime_ms, double chance);
