/* oom.h - tells whether the kernel killed for want of memory. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* How many processes the kernel had killed so when it was last asked. */
struct oom_watch {
    int64_t kills;
};

void oom_watch_init(struct oom_watch *self);

/* Says whether it has killed any since it was last asked. Which ones it does not tell. */
bool oom_watch_has_news(struct oom_watch *self);
