#include "flapping.h"

enum { LEFT_OUT = -2, CIRCUS_ATTEMPTS = 2, CIRCUS_MAX_RETRY = 5, MIN_STABLE_AFTER_MS = 1000 };

static int64_t at_least(int64_t value, int64_t least)
{
    return value > least ? value : least;
}

/* Circus's -1, for ever, is our 0; its 0, not once, must not become that. */
static int64_t from_circus(int64_t restarts)
{
    return restarts < 0 ? 0 : at_least(restarts, 1);
}

/* Circus stops a watcher after `attempts` deaths and starts it `max_retry` times again; so many
 * deaths in a row are accepted here. */
static int64_t max_restarts(const struct flapping_options *self, int64_t max_retry,
                            int64_t otherwise)
{
    if (!self->active)
        return 0;
    if (self->attempts > 0 || self->max_retry != LEFT_OUT) {
        int64_t attempts = self->attempts > 0 ? self->attempts : CIRCUS_ATTEMPTS;
        int64_t tries = self->max_retry != LEFT_OUT ? self->max_retry : CIRCUS_MAX_RETRY;
        return from_circus(attempts * tries);
    }
    return max_retry == LEFT_OUT ? otherwise : from_circus(max_retry);
}

void flapping_apply(const struct flapping_options *self, int64_t max_retry,
                    const struct flapping_own *own, struct backoff_policy *policy)
{
    if (!own->max_restarts)
        policy->max_restarts = max_restarts(self, max_retry, policy->max_restarts);
    if (!own->stable_after && self->window_ms >= 0)
        policy->stable_after_ms = at_least(self->window_ms, MIN_STABLE_AFTER_MS);
    if (!own->restart_delay_max && self->retry_in_ms >= 0)
        policy->restart_delay_max_ms = at_least(self->retry_in_ms, policy->restart_delay_ms);
}
