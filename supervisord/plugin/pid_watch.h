/* pid_watch.h - notices when a process ends that is not a child of ours. */
#pragma once

#include "../loop/loop.h"

/* Part of its owner. */
struct pid_watch {
    loop_t *loop; /* NULL: nothing is watched */
    struct loop_watch watch;
};

/* Calls `on_end(arg)` when the process has ended, until pid_watch_stop. Returns 0, or -1 with
 * errno: ESRCH if there is no such process, others if there is no descriptor for it. */
int pid_watch_start(struct pid_watch *self, loop_t *loop, pid_t pid, loop_fd_fn *on_end, void *arg);

/* Says whether it has ended, though `on_end` may not have been called yet. */
bool pid_watch_has_ended(const struct pid_watch *self);

/* Nothing happens if nothing is watched. */
void pid_watch_stop(struct pid_watch *self);
