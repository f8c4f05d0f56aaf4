/* watcher.h - a named command kept at a number of processes. */
#pragma once

#include "process.h"

typedef struct watcher watcher_t;

/* Called after each change of one of the watcher's processes. */
typedef void watcher_change_fn(void *arg, watcher_t *watcher);

/* Makes a stopped watcher. Takes what `options` point to and empties it. `host` is copied; its
 * on_change is the watcher's own business. The caller owns the result. */
watcher_t *watcher_new(struct watcher_options *options, const struct process_host *host,
                       watcher_change_fn *on_change, void *arg);

/* Frees `*self_p` and sets it to NULL; what still lives is killed. `*self_p` may be NULL. */
void watcher_destroy(watcher_t **self_p);

/* Ask for a state; return at once. `reason` is for events and the log. */
void watcher_start(watcher_t *self, const char *reason);
void watcher_stop(watcher_t *self, const char *reason);
void watcher_restart(watcher_t *self, const char *reason);

const char *watcher_name(const watcher_t *self);
const struct watcher_options *watcher_options(const watcher_t *self);

/* Returns "stopped", "starting", "active", "stopping", "backoff" or "failed", whichever of its
 * processes needs attention most. */
const char *watcher_status(const watcher_t *self);

/* Says whether nothing is under way any more. */
bool watcher_is_settled(const watcher_t *self);

/* Says whether all its processes run, or none has a child. */
bool watcher_is_up(const watcher_t *self);
bool watcher_is_down(const watcher_t *self);

/* Counts the starts, stops and restarts that were asked for: another number means that another
 * command came in between. */
unsigned watcher_generation(const watcher_t *self);

/* The processes, from 0. */
size_t watcher_process_count(const watcher_t *self);
process_t *watcher_process(const watcher_t *self, size_t index);

/* Returns why it is not active, or the cause of its last death; NULL: nothing to say. */
const char *watcher_reason(const watcher_t *self);
