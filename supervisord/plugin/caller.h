/* caller.h - the processes that wait for invocations: when one ends, nobody wants its answers. Some
 * that waited before stay watched, in case they call again. */
#pragma once

#include "../loop/loop.h"

typedef struct callers callers_t;
typedef struct caller caller_t;

/* Calls `on_end(arg, caller)` when a process has ended that is held; it may be released in there.
 * All is borrowed. The result belongs to whoever asked for it. */
callers_t *callers_new(loop_t *loop, void (*on_end)(void *arg, caller_t *caller), void *arg);

/* Frees `*self_p` and sets it to NULL; all callers must have been released. It may be NULL. */
void callers_destroy(callers_t **self_p);

/* Watches a process, once for all that hold it. Returns 0, or -1: it has ended already. `*caller`
 * is NULL for one that cannot be watched: nobody hears of its end. It is valid until it is released
 * as often as it was held. */
int callers_hold(callers_t *self, pid_t pid, caller_t **caller);

/* For who no longer needs to know. `caller` may be NULL. */
void caller_release(caller_t *caller);
