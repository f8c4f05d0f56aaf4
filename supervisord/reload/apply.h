/* apply.h - does what a plan says. */
#pragma once

#include "../supervisor.h"
#include "plan.h"

/* Does it, and empties what it takes from the plan. `reason` is for events and the log. Returns 0;
 * or -1 with `err` filled and nothing done: a socket or a file cannot be opened, or a watcher of
 * the name of a new one is still being stopped. */
int plan_apply(struct plan *self, supervisor_t *supervisor, const char *reason,
               struct ph_error *err);

/* Does a step about a watcher that stays, and takes its options. Returns 0, or -1 with `err` filled
 * and nothing done. */
int plan_step_apply(struct plan_step *self, supervisor_t *supervisor, const char *reason,
                    struct ph_error *err);

/* Returns where its watcher then is to be; of a step with an action. */
enum job_goal plan_step_goal(const struct plan_step *self);

/* Publishes that options of a watcher have changed, an event for each. */
void plan_publish_changes(const supervisor_t *supervisor, const watcher_t *watcher,
                          const struct changes *changes, const char *reason);

/* Returns what to wait for, `*count` watchers and more, in an array that the caller frees; after
 * plan_apply. */
struct job_target *plan_targets(const struct plan *self, size_t *count);
