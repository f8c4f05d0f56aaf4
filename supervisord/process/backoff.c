#include "backoff.h"

static int64_t with_jitter(int64_t delay_ms, double share, double chance)
{
    return delay_ms + (int64_t)((double)delay_ms * share * chance);
}

/* restart_delay * 2^delays, without overflow on the way to the maximum. */
static int64_t doubled(const struct backoff_policy *policy, unsigned delays)
{
    int64_t delay_ms = policy->restart_delay_ms, max_ms = policy->restart_delay_max_ms;
    for (unsigned i = 0; i < delays; i++) {
        if (delay_ms > max_ms / 2)
            return max_ms;
        delay_ms *= 2;
    }
    return delay_ms < max_ms ? delay_ms : max_ms;
}

struct backoff_verdict backoff_after_death(struct backoff *self,
                                           const struct backoff_policy *policy, bool was_up,
                                           int64_t uptime_ms, double chance)
{
    if (was_up && uptime_ms >= policy->stable_after_ms)
        *self = (struct backoff){0};
    self->deaths++;

    if (policy->max_restarts > 0 && self->deaths > policy->max_restarts) {
        int64_t retry_ms = policy->failed_retry_ms;
        return (struct backoff_verdict){
            .has_failed = true,
            .delay_ms = retry_ms > 0 ? with_jitter(retry_ms, policy->restart_jitter, chance) : -1};
    }
    if (was_up && self->deaths == 1)
        return (struct backoff_verdict){0};
    return (struct backoff_verdict){
        .delay_ms = with_jitter(doubled(policy, self->delays++), policy->restart_jitter, chance)};
}
