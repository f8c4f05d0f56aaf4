/* notify_pipe.h - readiness as s6 has it: a program writes a newline to a descriptor once it is
 * ready. */
#pragma once

#include "../loop/loop.h"

typedef struct notify_pipe notify_pipe_t;

/* `is_ready`: a newline came. Else every writer closed the pipe before, and none will come. */
typedef void notify_pipe_fn(void *arg, bool is_ready);

/* Makes a pipe and calls `on_ready(arg, ...)` once. Its writing end goes to `*child_fd`, closed by
 * exec, which the caller hands to the child as the descriptor that it wants, and then closes. The
 * caller owns the result and may destroy it from the callback. Returns NULL and fills `err` on
 * failure. */
notify_pipe_t *notify_pipe_new(loop_t *loop, notify_pipe_fn *on_ready, void *arg, int *child_fd,
                               struct ph_error *err);

/* Closes our end, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void notify_pipe_destroy(notify_pipe_t **self_p);
