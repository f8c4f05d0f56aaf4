/* flapping.h - Circus's options of the restart policy, put into ours. Pure. */
#pragma once

#include "../process/options.h"

/* Which of our own options were given: they go before those of Circus. */
struct flapping_own {
    bool max_restarts;
    bool restart_delay_max;
    bool stable_after;
};

/* Changes `policy`, which holds our own options or their defaults, by Circus's. flapping.attempts
 * times flapping.max_retry, or else max_retry, becomes max_restarts; flapping.window becomes
 * stable_after, and flapping.retry_in restart_delay_max, neither so short that a program that dies
 * at once could spin. */
void flapping_apply(const struct flapping_options *self, int64_t max_retry,
                    const struct flapping_own *own, struct backoff_policy *policy);
