/* on_demand.h - watchers that are started by the first connection to one of their sockets. */
#pragma once

#include "process/watcher.h"

typedef struct on_demand on_demand_t;
typedef void on_demand_fn(void *arg, watcher_t *watcher);

/* All is borrowed. `start` is called when there is a connection for a watcher. The caller owns the
 * result. */
on_demand_t *on_demand_new(loop_t *loop, const sockets_t *sockets, on_demand_fn *start, void *arg);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void on_demand_destroy(on_demand_t **self_p);

/* Begins to listen for a watcher, after a delay if it ended again and again without running well;
 * nothing happens if it does so already. Returns 0, or -1 with `err` filled. */
int on_demand_listen(on_demand_t *self, watcher_t *watcher, struct ph_error *err);

/* Says whether it does so, or will after such a delay. */
bool on_demand_is_listening(const on_demand_t *self, const watcher_t *watcher);

/* Ends that; and forgets the watcher altogether. */
void on_demand_stop(on_demand_t *self, const watcher_t *watcher);
void on_demand_forget(on_demand_t *self, const watcher_t *watcher);
