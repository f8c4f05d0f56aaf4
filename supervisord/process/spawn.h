/* spawn.h - starts a child at a cost that does not grow with the daemon's memory. */
#pragma once

#include <plughost/error.h>
#include <sys/resource.h>
#include <sys/types.h>

struct spawn_spec {
    const char *const *argv; /* ended by NULL; argv[0] is looked up in the PATH of `envp` */
    const char *const *envp; /* ended by NULL */
    const char *working_dir; /* NULL: the daemon's */
    const struct rlimit *descriptors; /* how many it may open; NULL: as many as the daemon */
    int inherited_fd;                 /* becomes descriptor SPAWN_INHERITED_FD; -1: none */
};

enum { SPAWN_INHERITED_FD = 3 };

/* Starts the child in a session and process group of its own, with all signals at their defaults,
 * input from /dev/null, output where the daemon's goes, and no other descriptor. The kernel kills
 * it when the daemon dies. Returns its pid and a pidfd in `*pidfd`, which the caller closes; or -1
 * with PH_SYSTEM or PH_NOT_FOUND, the step that failed and the file it failed on: then there is no
 * child. */
pid_t spawn(const struct spawn_spec *spec, int *pidfd, struct ph_error *err);
