#include "cgroup_pool.h"

#include <alloc.h>
#include <inttypes.h>
#include <stdlib.h>

enum { REMOVE_AGAIN_MS = 100 };

struct cgroup_pool {
    loop_t *loop;
    cgroups_t *cgroups; /* NULL: not needed yet, or not to be had */
    bool are_delegated;
    cgroup_t **lingering; /* somebody dies in them still */
    size_t lingering_count;
    struct timer timer;
};

static void remove_lingering(void *arg)
{
    cgroup_pool_t *self = arg;
    size_t left = 0;
    for (size_t i = 0; i < self->lingering_count; i++) {
        cgroup_t *cgroup = self->lingering[i];
        cgroup_kill(cgroup, NULL);
        if (!cgroup_close(&cgroup))
            self->lingering[left++] = cgroup;
    }
    self->lingering_count = left;
    if (left > 0)
        timers_start(loop_timers(self->loop), &self->timer, REMOVE_AGAIN_MS);
}

cgroup_pool_t *cgroup_pool_new(loop_t *loop)
{
    cgroup_pool_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->are_delegated = cgroups_are_delegated();
    self->timer = (struct timer){.fire = remove_lingering, .arg = self};
    if (self->are_delegated)
        self->cgroups = cgroups_new(NULL);
    if (self->cgroups)
        cgroups_make_way(self->cgroups);
    return self;
}

void cgroup_pool_destroy(cgroup_pool_t **self_p)
{
    cgroup_pool_t *self = *self_p;
    if (!self)
        return;
    remove_lingering(self);
    timers_cancel(loop_timers(self->loop), &self->timer);
    cgroups_destroy(&self->cgroups);
    free(self->lingering);
    free(self);
    *self_p = NULL;
}

static bool has_limits(const struct cgroup_limits *limits)
{
    return limits->memory_max_bytes > 0 || limits->cpu_max > 0 || limits->pids_max > 0;
}

/* Without limits a group is only a help: the daemon does what it can without. */
int cgroup_pool_open(cgroup_pool_t *self, const struct watcher_options *options, uint64_t serial,
                     cgroup_t **cgroup_p, struct ph_error *err)
{
    struct cgroup_limits limits = {.memory_max_bytes = options->memory_max_bytes,
                                   .cpu_max = options->cpu_max,
                                   .pids_max = options->pids_max};
    bool is_needed = has_limits(&limits);
    *cgroup_p = NULL;
    if (!is_needed && !self->are_delegated)
        return 0;
    if (!self->cgroups)
        self->cgroups = cgroups_new(err);
    /* No two are the same: in an old one somebody may still be dying. */
    ph_cleanup(ph_freep) char *name = ph_format("%s.%" PRIu64, options->name, serial);
    if (self->cgroups)
        *cgroup_p = cgroup_open(self->cgroups, name, &limits, err);
    return *cgroup_p || !is_needed ? 0 : -1;
}

void cgroup_pool_take_back(cgroup_pool_t *self, cgroup_t **cgroup_p)
{
    cgroup_t *cgroup = ph_steal(cgroup_p);
    if (!cgroup)
        return;
    cgroup_kill(cgroup, NULL);
    if (cgroup_close(&cgroup))
        return;
    self->lingering =
        ph_realloc_array(self->lingering, self->lingering_count + 1, sizeof(cgroup_t *));
    self->lingering[self->lingering_count++] = cgroup;
    timers_start(loop_timers(self->loop), &self->timer, REMOVE_AGAIN_MS);
}
