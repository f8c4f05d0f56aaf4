/* deadline.h - points of time until which something is waited for: milliseconds of the monotonic
 * clock, -1 for none. */
#pragma once

#include <clock.h>
#include <limits.h>

/* Returns the deadline of a timeout; a negative one has none. */
static inline int64_t deadline_after(int timeout_ms)
{
    return timeout_ms < 0 ? -1 : ph_clock_ms() + timeout_ms;
}

/* Returns how many milliseconds are left, as poll takes them: -1 when there is no deadline. */
static inline int deadline_left(int64_t deadline)
{
    if (deadline < 0)
        return -1;
    int64_t left = deadline - ph_clock_ms();
    return left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* Returns the earlier of two. */
static inline int64_t deadline_earlier(int64_t a, int64_t b)
{
    if (a < 0 || b < 0)
        return a < 0 ? b : a;
    return a < b ? a : b;
}
