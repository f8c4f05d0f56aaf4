/* order_entries.h - the watchers there are, by priority, and what is still to be done with each:
 * what order and order_needs share; for nobody else. */
#pragma once

#include "process/watcher.h"

#include <czmq.h>

enum order_step {
    STEP_NONE,
    STEP_START,    /* to be started once what it needs is ready */
    STEP_STOP,     /* to be stopped once what needs it is gone */
    STEP_STOPPING, /* it was told to */
};

struct order_entry {
    watcher_t *watcher;
    size_t number;    /* they were added in this order */
    int64_t priority; /* that its place was chosen by */
    enum order_step step;
    bool starts_again; /* a start follows the stop */
    char *reason;
};

struct order_entries {
    struct order_entry **items; /* by priority, the highest first */
    size_t count;
    size_t added;                      /* entries there have been */
    zhashx_t *by_name;                 /* of struct order_entry, names in small letters */
    size_t in_step[STEP_STOPPING + 1]; /* how many entries; of STEP_NONE it means nothing */
    size_t restarting;                 /* entries with starts_again */
    bool has_needs;                    /* some watcher needs another */
};

void order_entries_init(struct order_entries *self);
void order_entries_release(struct order_entries *self);

/* Adds a watcher, which is borrowed, where its priority says: among equals behind all others. */
void order_entries_add(struct order_entries *self, watcher_t *watcher);

/* Frees an entry. */
void order_entries_remove(struct order_entries *self, struct order_entry *entry);

/* Its priority, or what it needs of others, may have changed. */
void order_entries_renew(struct order_entries *self, struct order_entry *entry);

/* Finds one by name in any case, a plugin's also without "plugin:"; NULL: there is none. */
struct order_entry *order_entries_find(const struct order_entries *self, const char *name);

/* The reason is copied. */
void order_entries_set_step(struct order_entries *self, struct order_entry *entry,
                            enum order_step step, const char *reason);
void order_entries_set_starts_again(struct order_entries *self, struct order_entry *entry,
                                    bool starts_again);

/* Says whether it is to be stopped, or stopping; and whether it will be started again then. */
bool order_entry_is_going(const struct order_entry *self);
bool order_entry_is_restarting(const struct order_entry *self);
