/* cgroup_find.h - where our own control group of version 2 is. Pure. */
#pragma once

#include <plughost/error.h>

/* Returns the folder of our own group, which the caller frees, from the texts of /proc/self/cgroup
 * and /proc/self/mountinfo. Returns NULL and fills `err` when there is none that we can see. */
char *cgroup_find(const char *own, const char *mounts, struct ph_error *err);
