/* cgroup_limits.h - sets the limits of a control group, and has the kernel keep them. */
#pragma once

#include <plughost/error.h>
#include <stdint.h>

/* 0: no such limit. */
struct cgroup_limits {
    int64_t memory_max_bytes;
    double cpu_max; /* share of one CPU: 0.5 is half of one, 2 is two */
    int64_t pids_max;
};

/* The group that is limited, and those that it is in. All of it is borrowed. */
struct cgroup_place {
    const char *folder; /* the daemon's own group */
    const char *base;   /* ours in it */
    const char *group;  /* that of a process, in ours */
    int group_fd;
};

/* Enables the controllers that the limits need, from the top down, and sets them. The daemon moves
 * from its own group into ours, if it is still there; nobody else may be. Returns 0, or -1 with
 * `err` filled. */
int cgroup_limits_set(const struct cgroup_place *place, const struct cgroup_limits *limits,
                      struct ph_error *err);
