/* launch.h - what a child does between its clone and its exec. */
#pragma once

#include "spawn.h"

enum { DECIMAL_BYTES = 12 }; /* of any int */

/* What child and parent share until the exec. */
struct launch {
    const struct spawn_spec *spec;
    const char *program;  /* with a '/' */
    struct spawn_fd *fds; /* all, without SPAWN_NULL; the child changes them */
    size_t fd_count;
    int cgroup_fd;       /* -1: none */
    unsigned leave_from; /* the first descriptor that is left to the daemon; 0: all are copied */
    const struct identity *identity; /* NULL: the daemon's */
    pid_t parent;

    const char *failed_step;   /* set by the child; NULL: none failed */
    const char *failed_object; /* what the step was about, or NULL */
    int failed_errno;
    char number[DECIMAL_BYTES]; /* an object that is a number */
};

/* For clone, in memory shared with the parent, all signals blocked: executes the program of `arg`,
 * a struct launch, or leaves there what failed and ends. */
int launch_run(void *arg);
