#include "cgroup_limits.h"

#include "cgroup_daemon.h"
#include "cgroup_file.h"

#include <alloc.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CPU_PERIOD_US = 100000,
    CPU_LEAST_US = 1000, /* the kernel takes no less */
};

/* A limit, the controller that keeps it, and the file that takes it. */
struct limit {
    const char *controller;
    const char *file;
    char *value; /* NULL: none; owned */
};

static int enable(const char *folder, const char *controller)
{
    ph_cleanup(ph_closep) int fd = cgroup_file_open_folder(folder);
    ph_cleanup(ph_freep) char *word = ph_format("+%s", controller);
    return fd < 0 ? -1 : cgroup_file_write(fd, "cgroup.subtree_control", word);
}

static int need_controller(const struct cgroup_place *place, const char *controller,
                           struct ph_error *err)
{
    if (cgroup_file_has_word(place->base, "cgroup.subtree_control", controller))
        return 0;
    if (!cgroup_file_has_word(place->folder, "cgroup.controllers", controller)) {
        ph_error_set(err, PH_UNAVAILABLE, "the control group '%s' has no controller '%s'",
                     place->folder, controller);
        return ph_error_hint(err, "enable it in the group above; in a systemd unit, "
                                  "Delegate=yes does");
    }
    if (cgroup_daemon_leave(place->folder, place->base) == 0 &&
        (cgroup_file_has_word(place->folder, "cgroup.subtree_control", controller) ||
         enable(place->folder, controller) == 0) &&
        enable(place->base, controller) == 0)
        return 0;
    ph_error_sys(err, "cannot enable controller '%s' within the control group '%s'", controller,
                 place->folder);
    return ph_error_hint(err, "start the daemon in a group of its own");
}

static int set_limit(const struct cgroup_place *place, const struct limit *limit,
                     struct ph_error *err)
{
    if (!limit->value)
        return 0;
    if (need_controller(place, limit->controller, err) < 0)
        return ph_error_prefix(err, "cannot limit %s", limit->controller);
    if (cgroup_file_write(place->group_fd, limit->file, limit->value) < 0)
        return ph_error_sys(err, "cannot set %s of the control group '%s' to %s", limit->file,
                            place->group, limit->value);
    return 0;
}

static char *format_cpu_max(double share)
{
    int64_t quota_us = (int64_t)(share * CPU_PERIOD_US);
    return ph_format("%lld %d", (long long)(quota_us > CPU_LEAST_US ? quota_us : CPU_LEAST_US),
                     CPU_PERIOD_US);
}

static char *format_count(int64_t count)
{
    return count > 0 ? ph_format("%lld", (long long)count) : NULL;
}

int cgroup_limits_set(const struct cgroup_place *place, const struct cgroup_limits *limits,
                      struct ph_error *err)
{
    struct limit all[] = {
        {"memory", "memory.max", format_count(limits->memory_max_bytes)},
        {"cpu", "cpu.max", limits->cpu_max > 0 ? format_cpu_max(limits->cpu_max) : NULL},
        {"pids", "pids.max", format_count(limits->pids_max)},
    };
    int result = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (result == 0)
            result = set_limit(place, &all[i], err);
        free(all[i].value);
    }
    return result;
}
