#include "order_needs.h"

#include <string.h>

static bool has_name(char *const *names, const struct order_entries *all,
                     const struct order_entry *other)
{
    for (; names && *names; names++)
        if (order_entries_find(all, *names) == other)
            return true;
    return false;
}

/* Says whether `entry` is started after `other`, and so stopped before it. */
static bool comes_after(const struct order_entries *all, const struct order_entry *entry,
                        const struct order_entry *other)
{
    const struct watcher_options *options = watcher_options(entry->watcher);
    return has_name(options->requires, all, other) || has_name(options->wants, all, other) ||
           has_name(options->after, all, other);
}

/* Says whether a watcher is on its way, and may still become ready. */
static bool is_coming(const struct order_entry *entry)
{
    return entry->step == STEP_START || (watcher_is_wanted(entry->watcher) &&
                                         strcmp(watcher_status(entry->watcher), "failed") != 0);
}

/* Finds the first of `names` that is not ready. Who only wants another, or comes after it, does not
 * wait for one that is not coming. */
static struct order_obstacle find_unready(const struct order_entries *all, char *const *names,
                                          bool is_required)
{
    for (; names && *names; names++) {
        const struct order_entry *other = order_entries_find(all, *names);
        if (!other || watcher_is_ready(other->watcher))
            continue;
        bool is_hopeless = !is_coming(other);
        if (is_required || !is_hopeless)
            return (struct order_obstacle){other, is_hopeless};
    }
    return (struct order_obstacle){0};
}

/* In a restart of several nobody comes back before what it follows has gone and come back. */
static const struct order_entry *find_restarting(const struct order_entries *all,
                                                 const struct order_entry *entry)
{
    for (size_t i = 0; all->restarting > 0 && i < all->count; i++) {
        const struct order_entry *other = all->items[i];
        if (order_entry_is_restarting(other) &&
            (other->priority > entry->priority || comes_after(all, entry, other)))
            return other;
    }
    return NULL;
}

struct order_obstacle order_needs_find_obstacle(const struct order_entries *all,
                                                const struct order_entry *entry)
{
    const struct watcher_options *options = watcher_options(entry->watcher);
    struct order_obstacle obstacle = {.entry = find_restarting(all, entry)};
    if (!obstacle.entry)
        obstacle = find_unready(all, options->requires, true);
    if (!obstacle.entry)
        obstacle = find_unready(all, options->wants, false);
    if (!obstacle.entry)
        obstacle = find_unready(all, options->after, false);
    return obstacle;
}

bool order_needs_has_follower(const struct order_entries *all, const struct order_entry *entry)
{
    for (size_t i = 0; all->has_needs && i < all->count; i++) {
        const struct order_entry *other = all->items[i];
        if (other != entry && order_entry_is_going(other) && comes_after(all, other, entry))
            return true;
    }
    return false;
}

bool order_needs_requires(const struct order_entries *all, const struct order_entry *entry,
                          const struct order_entry *other)
{
    return has_name(watcher_options(entry->watcher)->requires, all, other);
}
