/* spawn_plan.h - all that the children of a watcher are started with: words, variables,
 * descriptors, ids and limits. */
#pragma once

#include "../socket/share.h"
#include "environment.h"
#include "options.h"
#include "spawn.h"

typedef struct spawn_plan spawn_plan_t;

enum { SPAWN_MAX_VARIABLES = 12, SPAWN_MAX_FDS = 6 };

/* What is particular about one start. Begin with SPAWN_REQUEST_INIT; the functions below fill it.
 */
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

/* What `spawn` takes, and what that borrows. */
struct prepared_spawn {
    struct spawn_spec spec;
    char **words;
    environment_t *environment; /* without what is expanded for the start */
    const char **envp;
    char **variables; /* those that were made for it */
    size_t variable_count;
    char *working_dir;
    struct spawn_fd *fds;
    struct socket_share share;
};

/* Works out once what the starts of a watcher have in common. `options` are borrowed, and so are
 * `sockets` and `descriptors`, the limit that the daemon itself was started with. The caller owns
 * the result. */
spawn_plan_t *spawn_plan_new(const struct watcher_options *options, const sockets_t *sockets,
                             const struct rlimit *descriptors);

/* Works it out anew, for the next starts: the options have changed. */
void spawn_plan_renew(spawn_plan_t *self);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void spawn_plan_destroy(spawn_plan_t **self_p);

const struct watcher_options *spawn_plan_options(const spawn_plan_t *self);

/* Returns the names of the sockets that the children inherit, stdin_socket among them, ended by
 * NULL. */
const char *const *spawn_plan_sockets(const spawn_plan_t *self);

/* Makes `prepared` what `request` asks for; it borrows from both until it is released. Returns 0,
 * or -1 with `err` filled and nothing to release. */
int spawn_plan_prepare(const spawn_plan_t *self, const struct spawn_request *request,
                       struct prepared_spawn *prepared, struct ph_error *err);
void prepared_spawn_release(struct prepared_spawn *self);
