/* cgroup_pool.h - who gets a control group, and what becomes of those that cannot be removed yet.
 */
#pragma once

#include "../loop/loop.h"
#include "cgroup.h"
#include "options.h"

typedef struct cgroup_pool cgroup_pool_t;

/* The loop is borrowed. The caller owns the result. */
cgroup_pool_t *cgroup_pool_new(loop_t *loop);

/* Frees `*self_p` and sets it to NULL; groups in which somebody is left stay. `*self_p` may be
 * NULL. */
void cgroup_pool_destroy(cgroup_pool_t **self_p);

/* Opens a group for one child of a watcher, the one with this serial: if the daemon's own group was
 * given to it to be divided, or if the options have limits that need one. Sets `*cgroup_p` to it,
 * or to NULL. Returns 0, or -1 with `err` filled when a limit cannot be kept. */
int cgroup_pool_open(cgroup_pool_t *self, const struct watcher_options *options, uint64_t serial,
                     cgroup_t **cgroup_p, struct ph_error *err);

/* Kills what is left in a group and removes it, now or a little later; sets `*cgroup_p` to NULL,
 * which it may be. */
void cgroup_pool_take_back(cgroup_pool_t *self, cgroup_t **cgroup_p);
