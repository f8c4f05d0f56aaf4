/* plan_companions.h - what the steps of a plan bring upon watchers that did not change. */
#pragma once

#include "plan.h"

/* A restart takes those along that require the watcher, a start those that it needs itself. All
 * watchers of the configuration have a step. */
void plan_companions_find(struct plan *self);

/* New sockets, in words, come to those that use all there are. */
void plan_companions_share(struct plan *self, const char *sockets);
