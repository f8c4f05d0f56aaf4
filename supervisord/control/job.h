/* job.h - a request whose answer waits until watchers are where it wants them. */
#pragma once

#include "../order.h"
#include "endpoint.h"
#include "pids.h"

typedef struct jobs jobs_t;

enum job_goal {
    JOB_UP,
    JOB_RENEWED, /* up, by nothing but this command */
    JOB_DOWN,
    JOB_GONE, /* down, whatever they do before: the daemon ends and stops each in its turn */
};

enum { JOBS_MAX = 1024 }; /* waiting at the same time */

/* All is borrowed. The caller owns the result. */
jobs_t *jobs_new(endpoint_t *endpoint, const order_t *order);

/* Answers all that still wait with `ending`, frees `*self_p` and sets it to NULL. It may be
 * NULL. */
void jobs_destroy(jobs_t **self_p, const struct ph_error *ending);

/* Says whether one more may wait. Returns 0, or -1 with PH_BUSY. */
int jobs_check_room(const jobs_t *self, struct ph_error *err);

/* Takes the request, sets `*request_p` to NULL, and answers it when each of the `count` watchers
 * has settled: with the fields of `reply`, which is copied, or with PH_CONFLICT and why the first
 * of them is not where it should be. The list is copied, the watchers are borrowed. */
void jobs_add(jobs_t *self, request_t **request_p, enum job_goal goal, watcher_t *const *watchers,
              size_t count, const ph_writer_t *reply);

/* The same with a goal for each watcher. */
struct job_target {
    watcher_t *watcher;
    enum job_goal goal;
};
void jobs_add_targets(jobs_t *self, request_t **request_p, const struct job_target *targets,
                      size_t count, const ph_writer_t *reply);

/* As jobs_add, for one watcher: the answer also tells in `info` what became of its processes, of
 * which it had these `before`. Takes and empties them. */
void jobs_add_comparing(jobs_t *self, request_t **request_p, enum job_goal goal, watcher_t *watcher,
                        struct pids *before, const ph_writer_t *reply);

/* A watcher is about to be freed: who waits for it is answered. */
void jobs_forget(jobs_t *self, const watcher_t *watcher);

/* Looks whether a change has ended jobs. One watcher's change may settle another. */
void jobs_check(jobs_t *self);
