#include "job.h"

#include <alloc.h>
#include <stdlib.h>

struct target {
    watcher_t *watcher;
    unsigned generation; /* when the job began */
};

struct job {
    request_t *request;
    enum job_goal goal;
    struct target *targets;
    size_t count;
    size_t settled; /* the first so many are done: only the next one is looked at */
    struct job *next;
};

struct jobs {
    endpoint_t *endpoint;
    struct job *first;
    size_t count;
};

jobs_t *jobs_new(endpoint_t *endpoint)
{
    jobs_t *self = ph_calloc(1, sizeof *self);
    self->endpoint = endpoint;
    return self;
}

static void job_destroy(struct job *job)
{
    request_destroy(&job->request);
    free(job->targets);
    free(job);
}

void jobs_destroy(jobs_t **self_p, const struct ph_error *ending)
{
    jobs_t *self = *self_p;
    if (!self)
        return;
    while (self->first) {
        struct job *job = self->first;
        self->first = job->next;
        endpoint_refuse(self->endpoint, &job->request, ending);
        job_destroy(job);
    }
    free(self);
    *self_p = NULL;
}

static int check_target(const struct target *target, enum job_goal goal, struct ph_error *err)
{
    const watcher_t *watcher = target->watcher;
    const char *name = watcher_name(watcher);
    if (goal == JOB_UP ? watcher_is_up(watcher) : watcher_is_down(watcher))
        return 0;
    if (watcher_generation(watcher) != target->generation)
        return ph_error_set(err, PH_CONFLICT, "'%s' is %s: another command came in between", name,
                            watcher_status(watcher));
    const char *reason = watcher_reason(watcher);
    return ph_error_set(err, PH_CONFLICT, "'%s' is not %s but in '%s': %s", name,
                        goal == JOB_UP ? "up" : "down", watcher_status(watcher),
                        reason ? reason : "no reason is known");
}

static void answer(jobs_t *self, struct job *job)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_array(reply, "watchers");
    for (size_t i = 0; i < job->count; i++) {
        if (check_target(&job->targets[i], job->goal, &err) < 0) {
            endpoint_refuse(self->endpoint, &job->request, &err);
            return;
        }
        ph_writer_string(reply, NULL, watcher_name(job->targets[i].watcher));
    }
    ph_writer_end(reply);
    endpoint_reply(self->endpoint, &job->request, reply);
}

static bool has_settled(const struct job *job, const watcher_t *watcher)
{
    return job->goal == JOB_GONE ? watcher_is_down(watcher) : watcher_is_settled(watcher);
}

/* Goes on over the targets that have settled. Returns true when none is left. */
static bool advance(struct job *job)
{
    while (job->settled < job->count && has_settled(job, job->targets[job->settled].watcher))
        job->settled++;
    return job->settled == job->count;
}

int jobs_check_room(const jobs_t *self, struct ph_error *err)
{
    if (self->count < JOBS_MAX)
        return 0;
    return ph_error_set(err, PH_BUSY, "%d commands wait already", JOBS_MAX);
}

void jobs_add(jobs_t *self, request_t **request_p, enum job_goal goal, watcher_t *const *watchers,
              size_t count)
{
    struct job *job = ph_calloc(1, sizeof *job);
    job->request = ph_steal(request_p);
    job->goal = goal;
    job->targets = ph_calloc(count, sizeof *job->targets);
    job->count = count;
    for (size_t i = 0; i < count; i++)
        job->targets[i] = (struct target){watchers[i], watcher_generation(watchers[i])};
    if (advance(job)) {
        answer(self, job);
        job_destroy(job);
        return;
    }
    job->next = self->first;
    self->first = job;
    self->count++;
}

void jobs_check(jobs_t *self, const watcher_t *changed)
{
    for (struct job **link = &self->first; *link;) {
        struct job *job = *link;
        if (job->targets[job->settled].watcher != changed || !advance(job)) {
            link = &job->next;
            continue;
        }
        *link = job->next;
        self->count--;
        answer(self, job);
        job_destroy(job);
    }
}
