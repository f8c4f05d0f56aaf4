/* spawn_request.h - what is particular about one start of a child. */
#pragma once

#include "spawn.h"

enum { SPAWN_MAX_VARIABLES = 12, SPAWN_MAX_FDS = 6 };

/* Begin with SPAWN_REQUEST_INIT; the functions below fill it. */
struct spawn_request {
    int wid;            /* 0: it is for the watcher as a whole */
    bool is_hook;       /* no sockets, and output where the daemon's goes */
    char *const *words; /* what is executed, ended by NULL; NULL: cmd and args of the watcher */
    char *variables[SPAWN_MAX_VARIABLES]; /* "KEY=VALUE", over the watcher's; owned */
    size_t variable_count;
    const char *python_path; /* comes first in PYTHONPATH; borrowed; NULL: nothing does */
    struct spawn_fd fds[SPAWN_MAX_FDS]; /* beside sockets; borrowed */
    size_t fd_count;
    int plugin_fd; /* gets a number that the child finds in PLUGHOST_FD; -1: none */
    int cgroup_fd; /* -1: no group */
};

#define SPAWN_REQUEST_INIT                                                                         \
    {                                                                                              \
        .plugin_fd = -1, .cgroup_fd = -1                                                           \
    }

/* Takes a text "KEY=VALUE". */
void spawn_request_add_variable(struct spawn_request *self, char *variable);
void spawn_request_add_fd(struct spawn_request *self, int from, int to);
void spawn_request_release(struct spawn_request *self);
