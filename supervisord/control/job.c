#include "job.h"

#include <alloc.h>
#include <stdlib.h>
#include <wire/writer.h>

struct target {
    watcher_t *watcher; /* NULL: it was removed */
    char *name;
    unsigned generation; /* when the job began */
    enum job_goal goal;
};

struct job {
    request_t *request;
    ph_writer_t *reply;
    struct target *targets;
    size_t count;
    size_t settled; /* the first so many are done: only the next one is looked at */
    struct pids before;
    bool tells_changes; /* there is one target, and `before` are its processes */
    struct job *next;
};

struct jobs {
    endpoint_t *endpoint;
    const order_t *order;
    struct job *first;
    size_t count;
};

jobs_t *jobs_new(endpoint_t *endpoint, const order_t *order)
{
    jobs_t *self = ph_calloc(1, sizeof *self);
    self->endpoint = endpoint;
    self->order = order;
    return self;
}

static void job_destroy(struct job *job)
{
    request_destroy(&job->request);
    ph_writer_destroy(&job->reply);
    for (size_t i = 0; i < job->count; i++)
        free(job->targets[i].name);
    free(job->targets);
    pids_release(&job->before);
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

static bool wants_up(enum job_goal goal)
{
    return goal == JOB_UP || goal == JOB_RENEWED;
}

static bool is_where(const watcher_t *watcher, enum job_goal goal)
{
    bool has_succeeded = watcher_has_completed(watcher) && watcher_is_ready(watcher);
    return wants_up(goal) ? watcher_is_up(watcher) || has_succeeded : watcher_is_down(watcher);
}

static int refuse_state(const watcher_t *watcher, enum job_goal goal, struct ph_error *err)
{
    const char *reason = watcher_reason(watcher);
    return ph_error_set(err, PH_CONFLICT, "'%s' is not %s but in '%s': %s", watcher_name(watcher),
                        wants_up(goal) ? "up" : "down", watcher_status(watcher),
                        reason ? reason : "no reason is known");
}

static int check_target(const struct target *target, struct ph_error *err)
{
    enum job_goal goal = target->goal;
    const watcher_t *watcher = target->watcher;
    if (!watcher && goal == JOB_GONE)
        return 0;
    if (!watcher)
        return ph_error_set(err, PH_CONFLICT, "'%s' was removed", target->name);
    const char *failure = watcher_failure(watcher);
    if (failure)
        return ph_error_set(err, PH_CONFLICT, "'%s': %s", target->name, failure);
    bool is_alone = watcher_generation(watcher) == target->generation;
    if (is_where(watcher, goal) && (is_alone || goal != JOB_RENEWED))
        return 0;
    if (!is_alone)
        return ph_error_set(err, PH_CONFLICT, "'%s' is %s: another command came in between",
                            target->name, watcher_status(watcher));
    return refuse_state(watcher, goal, err);
}

static void tell_changes(struct job *job)
{
    ph_cleanup(pids_release) struct pids after = {0};
    if (job->targets[0].watcher)
        after = pids_of(job->targets[0].watcher);
    pids_write_changes(&job->before, &after, job->reply, "info");
}

static void answer(jobs_t *self, struct job *job)
{
    struct ph_error err;
    for (size_t i = 0; i < job->count; i++) {
        if (check_target(&job->targets[i], &err) < 0) {
            endpoint_refuse(self->endpoint, &job->request, &err);
            return;
        }
    }
    if (job->tells_changes)
        tell_changes(job);
    endpoint_reply(self->endpoint, &job->request, job->reply);
}

static bool has_settled(const jobs_t *self, const struct target *target)
{
    const watcher_t *watcher = target->watcher;
    if (!watcher)
        return true;
    if (target->goal == JOB_GONE)
        return watcher_is_down(watcher);
    return watcher_is_settled(watcher) && order_is_settled(self->order, watcher);
}

/* Goes on over the targets that have settled. Returns true when none is left. */
static bool advance(const jobs_t *self, struct job *job)
{
    while (job->settled < job->count && has_settled(self, &job->targets[job->settled]))
        job->settled++;
    return job->settled == job->count;
}

int jobs_check_room(const jobs_t *self, struct ph_error *err)
{
    if (self->count < JOBS_MAX)
        return 0;
    return ph_error_set(err, PH_BUSY, "%d commands wait already", JOBS_MAX);
}

static struct job *job_new(request_t **request_p, const struct job_target *targets, size_t count,
                           const ph_writer_t *reply)
{
    struct job *job = ph_calloc(1, sizeof *job);
    job->request = ph_steal(request_p);
    job->reply = wire_writer_new_as(reply);
    ph_writer_merge(job->reply, reply);
    job->targets = ph_calloc(count, sizeof *job->targets);
    job->count = count;
    for (size_t i = 0; i < count; i++) {
        watcher_t *watcher = targets[i].watcher;
        job->targets[i] = (struct target){watcher, ph_strdup(watcher_name(watcher)),
                                          watcher_generation(watcher), targets[i].goal};
    }
    return job;
}

/* Takes a job, and answers it at once if it has nothing to wait for. */
static void begin(jobs_t *self, struct job *job)
{
    if (advance(self, job)) {
        answer(self, job);
        job_destroy(job);
        return;
    }
    job->next = self->first;
    self->first = job;
    self->count++;
}

void jobs_add(jobs_t *self, request_t **request_p, enum job_goal goal, watcher_t *const *watchers,
              size_t count, const ph_writer_t *reply)
{
    ph_cleanup(ph_freep) struct job_target *targets = ph_calloc(count, sizeof *targets);
    for (size_t i = 0; i < count; i++)
        targets[i] = (struct job_target){watchers[i], goal};
    jobs_add_targets(self, request_p, targets, count, reply);
}

void jobs_add_targets(jobs_t *self, request_t **request_p, const struct job_target *targets,
                      size_t count, const ph_writer_t *reply)
{
    begin(self, job_new(request_p, targets, count, reply));
}

void jobs_add_comparing(jobs_t *self, request_t **request_p, enum job_goal goal, watcher_t *watcher,
                        struct pids *before, const ph_writer_t *reply)
{
    const struct job_target target = {watcher, goal};
    struct job *job = job_new(request_p, &target, 1, reply);
    job->before = *before;
    job->tells_changes = true;
    *before = (struct pids){0};
    begin(self, job);
}

void jobs_check(jobs_t *self)
{
    for (struct job **link = &self->first; *link;) {
        struct job *job = *link;
        if (!advance(self, job)) {
            link = &job->next;
            continue;
        }
        *link = job->next;
        self->count--;
        answer(self, job);
        job_destroy(job);
    }
}

void jobs_forget(jobs_t *self, const watcher_t *watcher)
{
    for (struct job *job = self->first; job; job = job->next)
        for (size_t i = 0; i < job->count; i++)
            if (job->targets[i].watcher == watcher)
                job->targets[i].watcher = NULL;
    jobs_check(self);
}
