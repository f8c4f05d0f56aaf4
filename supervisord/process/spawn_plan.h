/* spawn_plan.h - all that the children of a watcher are started with: words, variables,
 * descriptors, ids and limits. */
#pragma once

#include "../socket/share.h"
#include "environment.h"
#include "options.h"
#include "spawn_request.h"

typedef struct spawn_plan spawn_plan_t;

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
