/* shutdown.h - how the daemon ends: watchers first, then hooks that still run, then all that was
 * left behind, then the loop. */
#pragma once

#include "service_manager.h"
#include "watchers.h"

/* Part of its owner; shutdown_init first. */
struct shutdown {
    const struct process_host *host;
    watchers_t *watchers;
    char *reason; /* NULL: it does not end yet */
    struct timer timer;
    struct orphans_wait orphans_wait;
};

/* All is borrowed. */
void shutdown_init(struct shutdown *self, const struct process_host *host, watchers_t *watchers);

/* Publishes that the daemon ends, tells `manager`, or NULL, and stops all watchers; nothing if that
 * is under way. The reason is copied. */
void shutdown_begin(struct shutdown *self, service_manager_t *manager, const char *reason);

/* Goes on if it was begun: call it when a watcher has changed or is gone. */
void shutdown_go_on(struct shutdown *self);

void shutdown_release(struct shutdown *self);
