/* spawn.h - starts a child at a cost that does not grow with the daemon's memory. */
#pragma once

#include "identity.h"
#include "limits.h"
#include "seats.h"

#include <plughost/error.h>
#include <sys/types.h>

/* One descriptor of the child. */
struct spawn_fd {
    int from; /* the daemon's, which keeps it; SPAWN_NULL: /dev/null */
    int to;   /* its number in the child; each only once */
};

enum {
    SPAWN_NULL = -1,
};

/* What is left out by -1 or a flag is as the daemon has it. */
struct spawn_spec {
    const char *const *argv; /* ended by NULL; argv[0] is looked up in the PATH of `envp` */
    const char *const *envp; /* ended by NULL */
    const char *working_dir; /* entered with the child's permissions; NULL: the daemon's */

    /* Without an entry, descriptor 0 is /dev/null, and 1 and 2 are the daemon's. */
    struct spawn_fd *fds;
    size_t fd_count;
    seats_t *seats; /* all free; NULL: the cost grows with the daemon's descriptors */

    const struct identity *identity; /* NULL or not set: the daemon's */
    const struct limit *limits;
    size_t limit_count;
    int umask; /* -1: the daemon's */
    int nice;
    int oom_score_adj;
    int cgroup_fd; /* a folder of cgroup v2 that the child is put into; -1: none */
    bool has_nice;
    bool has_oom_score_adj;
    bool no_new_privs;
    bool outlives_daemon; /* else the kernel kills it when the daemon dies */

    /* Part of a text in `envp` where the child writes its pid in decimal before the exec: room for
     * 12 bytes. NULL: nobody wants it. */
    char *pid_text;
};

/* Starts the child in a session and process group of its own, with all signals at their defaults
 * and no descriptor but the ones above. Returns its pid and a pidfd in `*pidfd`, which the caller
 * closes; or -1 with PH_SYSTEM or PH_NOT_FOUND, the step that failed and what it failed on: then
 * there is no child. */
pid_t spawn(const struct spawn_spec *spec, int *pidfd, struct ph_error *err);
