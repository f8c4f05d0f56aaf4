/* invocation.h - one call of a plugin's method: it waits, is sent, and ends. */
#pragma once

#include "../process/watcher.h"
#include "caller.h"
#include "session.h"

typedef struct invocation invocation_t;

/* What is invoked, and by whom. The texts are copied; `args`, a map or NULL, must hold until the
 * invocation ends. */
struct invoke_call {
    const char *plugin; /* its name, with or without "plugin:" */
    const char *method;
    const ph_value_t *args;
    size_t size;     /* bytes of memory that are kept until it ends: for `args` and the rest */
    bool is_lenient; /* arguments that the method does not know are left out */
    int64_t timeout_ms;
    const char *trace;        /* NULL: broker_invoke makes one */
    const char *caller;       /* for the plugin to know */
    pid_t caller_pid;         /* whose end cancels it; 0: none */
    const session_t *session; /* of the caller, whose end cancels it; NULL: it is no plugin */
};

/* Returns a plugin's name without "plugin:" before it. */
const char *invocation_plugin(const char *name);

/* Takes the answer: the result, which may be NULL for nil, or the error. Both are borrowed. */
typedef void invocation_done_fn(void *arg, const ph_value_t *result, const struct ph_error *err);

/* All that have begun and not ended, in their order. Part of its owner; zero it and set
 * `timers`. */
struct invocations {
    timers_t *timers;
    invocation_t *first, *last;
};

/* Read-only for others. */
struct invocation {
    struct invocations *owner;
    char *plugin; /* without "plugin:" */
    char *method;
    char *trace;
    char *from;
    const ph_value_t *args;
    size_t size;
    bool is_lenient;
    int64_t due_ms;

    const watcher_t *watcher; /* that it waits for; NULL: it was sent */
    struct timer timer;       /* while it waits */
    session_t *session;       /* that it was sent to; NULL: it waits */
    int64_t request_id;
    struct exchange exchange;
    const session_t *calling_session;
    caller_t *caller;

    invocation_done_fn *done;
    void *arg;
    invocation_t *previous, *next;
};

/* Makes one that neither waits nor was sent; `done` and `arg` are for its end. Takes `caller`,
 * which may be NULL. It belongs to `owner` until it ends. */
invocation_t *invocation_new(struct invocations *owner, const struct invoke_call *call,
                             caller_t *caller, invocation_done_fn *done, void *arg);

/* Has it wait for a watcher, within its time; or sends it. */
void invocation_wait(invocation_t *self, const watcher_t *watcher);
void invocation_send(invocation_t *self, session_t *session);

/* Ends it with a result or an error; or with an error that says why it was not answered. */
void invocation_finish(invocation_t *self, const ph_value_t *result, const struct ph_error *err);
void invocation_fail(invocation_t *self, enum ph_code code, const char *why);

/* Ends it because the caller has ended: the plugin is told. */
void invocation_abandon(invocation_t *self);

/* Nobody waits for it any more: the plugin is told, and nothing is called. */
void invocation_cancel(invocation_t *self, const char *reason);

/* Returns the trace id that goes along. */
const char *invocation_trace(const invocation_t *self);

typedef bool invocation_is_meant_fn(const invocation_t *self, const void *what);

/* Returns the first for which `is_meant` holds, or NULL. */
invocation_t *invocations_find(const struct invocations *self, invocation_is_meant_fn *is_meant,
                               const void *what);

/* Has `act` end all for which `is_meant` holds. */
void invocations_end(struct invocations *self, invocation_is_meant_fn *is_meant, const void *what,
                     void (*act)(invocation_t *));
