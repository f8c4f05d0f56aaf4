/* cgroup.h - a control group for each watched process, where the system lets us have any.
 *
 * Only version 2. Everything else works without: a group kills what a process started for certain,
 * and can limit it. No process is moved but the daemon itself, and that only if nobody else is in
 * its group. */
#pragma once

#include "cgroup_limits.h"

#include <plughost/error.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct cgroups cgroups_t; /* the daemon's own group, and ours in it */
typedef struct cgroup cgroup_t;   /* that of one process */

/* Says whether the daemon's own group was given to it to be divided: whether it is not the root of
 * all, and may be written. */
bool cgroups_are_delegated(void);

/* Makes the group plughost-PID in that of the daemon. The caller owns the result. Returns NULL and
 * fills `err` when there are no groups or we may not make any. */
cgroups_t *cgroups_new(struct ph_error *err);

/* The same in a folder that is given, and copied. */
cgroups_t *cgroups_new_in(const char *folder, struct ph_error *err);

/* Moves the daemon into that group, if nobody else is in its own: limits need it, and once it has
 * started what has no group, a hook, it is too late. */
void cgroups_make_way(cgroups_t *self);

/* Takes the daemon back, removes the group unless somebody is left in it, frees `*self_p` and sets
 * it to NULL. Close all that were opened in it first. `*self_p` may be NULL. */
void cgroups_destroy(cgroups_t **self_p);

/* Makes a group in ours; `name` tells it from the others, "WATCHER.WID". `limits` may be NULL.
 * Returns NULL and fills `err` when the kernel refuses, or has no controller for a limit: then it
 * says what to do. The caller owns the result and closes it before `self` goes. */
cgroup_t *cgroup_open(cgroups_t *self, const char *name, const struct cgroup_limits *limits,
                      struct ph_error *err);

/* Returns the group's folder for CLONE_INTO_CGROUP. It belongs to the group. */
int cgroup_fd(const cgroup_t *self);

/* Returns why the kernel did not start a process in a group: what an errno of clone3 means there.
 * Returns NULL when that has nothing to do with the group. */
const char *cgroup_refusal(int sys_errno);

/* Kills all that is in the group. Returns 0, or -1 with `err` filled. */
int cgroup_kill(const cgroup_t *self, struct ph_error *err);

/* Says whether a process is in it that has not ended. */
bool cgroup_is_populated(const cgroup_t *self);

/* Returns how many of its processes were killed for want of memory since it was opened. */
int64_t cgroup_oom_kills(const cgroup_t *self);

/* Removes the group with those that its processes made in it, frees `*self_p` and sets it to NULL.
 * Returns false, with nothing changed, while somebody is left in it: try again a little later.
 * `*self_p` may be NULL. */
bool cgroup_close(cgroup_t **self_p);
