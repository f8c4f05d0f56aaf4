/* broker.h - passes invocations on to plugins, and their answers back.
 *
 * Whoever invokes gets one answer: the plugin's, or why there is none. An invocation waits for a
 * plugin that is about to come, within its time; one that was sent is lost with the plugin. */
#pragma once

#include "../watchers.h"
#include "sessions.h"

typedef struct broker broker_t;
typedef struct invocation invocation_t;

enum { BROKER_MAX_PENDING = 1000 }; /* for one plugin */

/* What is invoked, and by whom. The texts are copied; `args`, a map or NULL, must hold until the
 * invocation ends. */
struct invoke_call {
    const char *plugin; /* its name, with or without "plugin:" */
    const char *method;
    const ph_value_t *args;
    bool is_lenient; /* arguments that the method does not know are left out */
    int64_t timeout_ms;
    const char *trace;        /* NULL: one is made */
    const char *caller;       /* for the plugin to know */
    pid_t caller_pid;         /* whose end cancels it; 0: none */
    const session_t *session; /* of the caller, whose end cancels it; NULL: it is no plugin */
};

/* Takes the answer: the result, which may be NULL for nil, or the error. Both are borrowed. */
typedef void broker_done_fn(void *arg, const ph_value_t *result, const struct ph_error *err);

/* All is borrowed. The caller owns the result, which listens to `sessions` from now on. */
broker_t *broker_new(loop_t *loop, sessions_t *sessions, const watchers_t *watchers,
                     const char *epoch);

/* Ends all invocations with PH_UNAVAILABLE, frees `*self_p` and sets it to NULL. It may be NULL. */
void broker_destroy(broker_t **self_p);

/* Begins an invocation; `done(arg, …)` is called when it ends, never before this function has
 * returned. Returns it, borrowed until then, or NULL with PH_NOT_FOUND, PH_INVALID, PH_UNAVAILABLE
 * or PH_BUSY: then nothing is called. */
invocation_t *broker_invoke(broker_t *self, const struct invoke_call *call, broker_done_fn *done,
                            void *arg, struct ph_error *err);

/* Returns the trace id that goes along. */
const char *invocation_trace(const invocation_t *self);

/* Nobody waits for it any more: the plugin is told, and nothing is called. */
void invocation_cancel(invocation_t *self, const char *reason);

/* A watcher has changed, or is about to be freed: what waits for it may be in vain. */
void broker_on_change(broker_t *self, const watcher_t *watcher);
void broker_on_removal(broker_t *self, const watcher_t *watcher);

/* Returns the session of a plugin, of one that runs by hand too; one that is ready, with the fewest
 * pending requests, if there is any. Returns NULL if none has said hello, or with PH_NOT_FOUND in
 * `err` when there is no such plugin; `*watcher` is its watcher, or NULL for one by hand. */
session_t *broker_find(const broker_t *self, const char *plugin, watcher_t **watcher,
                       struct ph_error *err);
