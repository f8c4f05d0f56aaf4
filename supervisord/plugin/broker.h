/* broker.h - passes invocations on to plugins, and their answers back.
 *
 * Whoever invokes gets one answer: the plugin's, or why there is none. An invocation waits for a
 * plugin that is about to come, within its time; one that was sent is lost with the plugin. */
#pragma once

#include "../watchers.h"
#include "invocation.h"
#include "sessions.h"

typedef struct broker broker_t;

/* What may wait for one plugin: invocations, and bytes of memory that are kept for them until they
 * end. */
enum { BROKER_MAX_PENDING = 1000, BROKER_MAX_PENDING_BYTES = 32 << 20 };

/* All is borrowed. The caller owns the result, which listens to `sessions` from now on. */
broker_t *broker_new(loop_t *loop, sessions_t *sessions, const watchers_t *watchers,
                     const char *epoch);

/* Ends all invocations with PH_UNAVAILABLE, frees `*self_p` and sets it to NULL. It may be NULL. */
void broker_destroy(broker_t **self_p);

/* Begins an invocation; without a trace one is made. `done(arg, …)` is called when it ends, never
 * before this function has returned. Returns it, borrowed until then, or NULL with PH_NOT_FOUND,
 * PH_INVALID, PH_UNAVAILABLE or PH_BUSY: then nothing is called. */
invocation_t *broker_invoke(broker_t *self, const struct invoke_call *call,
                            invocation_done_fn *done, void *arg, struct ph_error *err);

/* A watcher has changed, or is about to be freed: what waits for it may be in vain, and what its
 * plugin said is forgotten with it. */
void broker_on_change(broker_t *self, const watcher_t *watcher);
void broker_on_removal(broker_t *self, const watcher_t *watcher);

/* Returns the session of a plugin, of one that runs by hand too; one that is ready, with the fewest
 * pending requests, if there is any. Returns NULL if none has said hello, or with PH_NOT_FOUND in
 * `err` when there is no such plugin; `*watcher` is its watcher, or NULL for one by hand. */
session_t *broker_find(const broker_t *self, const char *plugin, watcher_t **watcher,
                       struct ph_error *err);

/* Returns what a watcher's plugin said of itself before the last of its processes that had said
 * hello ended, or NULL. It belongs to the broker, until the watcher goes or another ends. */
const description_t *broker_last_description(const broker_t *self, const watcher_t *watcher);
