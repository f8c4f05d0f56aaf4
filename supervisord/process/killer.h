/* killer.h - kills processes that are no main children, and reaps them: never another process that
 * was given the same number meanwhile. */
#pragma once

#include "proctable.h"

#include <log.h>
#include <loop/loop.h>
#include <stdbool.h>

typedef struct killer killer_t;

/* Called, with `arg`, whenever one that was killed has ended. */
typedef void killer_end_fn(void *arg);

/* `loop` and `log` are borrowed; `log` may be NULL. The caller owns the result. */
killer_t *killer_new(loop_t *loop, ph_log_t *log, killer_end_fn *on_end, void *arg);

/* Frees `*self_p` and sets it to NULL; those that have not ended are no longer watched. `*self_p`
 * may be NULL. */
void killer_destroy(killer_t **self_p);

/* Sends SIGKILL to the process, once, and watches its end. Returns false when that was not possible
 * now, but may be later. */
bool killer_kill(killer_t *self, const struct proc_stat *victim);
