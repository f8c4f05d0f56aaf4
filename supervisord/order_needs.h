/* order_needs.h - what watchers need of each other: `requires`, `wants` and `after`. */
#pragma once

#include "order_entries.h"

struct order_obstacle {
    const struct order_entry *entry; /* what is waited for; NULL: nothing */
    bool is_hopeless;                /* it will not come by itself */
};

/* Returns what has to be ready before `entry` can be started, and is not. */
struct order_obstacle order_needs_find_obstacle(const struct order_entries *all,
                                                const struct order_entry *entry);

/* Says whether one that has to be gone before `entry` can be stopped is not. */
bool order_needs_has_follower(const struct order_entries *all, const struct order_entry *entry);

bool order_needs_requires(const struct order_entries *all, const struct order_entry *entry,
                          const struct order_entry *other);
