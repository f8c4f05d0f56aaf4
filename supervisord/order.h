/* order.h - who is started and stopped when: by priority, and by what watchers need of each other.
 *
 * A start waits until those that it is `after`, `requires` or `wants` are ready; a stop, until
 * those that need it are gone. Watchers of one priority go together. */
#pragma once

#include "process/watcher.h"

typedef struct order order_t;

typedef void order_settled_fn(void *arg);

/* The loop is borrowed; `warmup_ms` is the pause after the start of each watcher; `on_settled(arg)`
 * is called when something that was asked for has been done. The caller owns the result. */
order_t *order_new(loop_t *loop, int64_t warmup_ms, order_settled_fn *on_settled, void *arg);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void order_destroy(order_t **self_p);

/* The watchers there are; they are borrowed until they are removed. */
void order_add(order_t *self, watcher_t *watcher);
void order_remove(order_t *self, watcher_t *watcher);

/* A watcher's priority, or what it needs of others, has changed. */
void order_renew(order_t *self, const watcher_t *watcher);

/* The pause after the start of each watcher is another one from now on. */
void order_set_warmup(order_t *self, int64_t warmup_ms);

/* Finds a watcher by its name in any case, a plugin also without "plugin:"; NULL: there is none. */
watcher_t *order_find(const order_t *self, const char *name);

/* Returns one that requires the watcher, or NULL. */
watcher_t *order_find_requiring(const order_t *self, const watcher_t *watcher);

/* Start watchers and all that they require and want; stop them after all that require them; or do
 * the one after the other. All return at once. `reason` is for events and the log. */
void order_start(order_t *self, watcher_t *const *watchers, size_t count, const char *reason);
void order_stop(order_t *self, watcher_t *const *watchers, size_t count, const char *reason);
void order_restart(order_t *self, watcher_t *const *watchers, size_t count, const char *reason);

/* Stops all watchers, and no hook can prevent it: the daemon ends. */
void order_end(order_t *self, const char *reason);

/* Says whether nothing that was asked for is still to be done for a watcher; or for any. What waits
 * for another that will not come by itself counts as done. */
bool order_is_settled(const order_t *self, const watcher_t *watcher);
bool order_is_idle(const order_t *self);

/* Says whether a watcher is still to be started. */
bool order_is_to_start(const order_t *self, const watcher_t *watcher);

/* Says whether one is to be stopped, or stopping, and will be started again then. */
bool order_is_restarting(const order_t *self, const watcher_t *watcher);

/* Goes on with what waits for the change of a watcher. */
void order_note(order_t *self, watcher_t *watcher);
