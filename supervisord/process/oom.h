/* oom.h - tells whether the kernel killed for want of memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How many processes the kernel had killed so when it was last asked, and when that was news. */
struct oom_watch {
    int64_t kills;
    int64_t news_ms;
};

void oom_watch_init(struct oom_watch *self);

/* Says whether it has killed any since it was last asked, or a moment before that: several may die
 * together. Which ones it does not tell. */
bool oom_watch_has_news(struct oom_watch *self);
