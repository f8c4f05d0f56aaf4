/* spawned.h - what a plugin's process is born with: a token, a descriptor that tells it, and the
 * program that runs the module. */
#pragma once

#include "../process/spawn_request.h"
#include "inheritance.h"
#include "runner.h"
#include "secret.h"

/* Part of its owner; zero it and set `fd` to -1. */
struct spawned {
    char token[SECRET_SIZE]; /* "": it was not prepared, the plugin runs by hand */
    char **argv;
    int fd; /* what the child inherits; -1 once it has read that */
};

/* Makes the token and completes `request`, which borrows from `self`. `name` is the plugin's.
 * Returns 0, or -1 with `err` filled. */
int spawned_prepare(struct spawned *self, const struct session_context *context,
                    const runner_t *runner, const struct watcher_options *options,
                    struct spawn_request *request, struct ph_error *err);

/* The child has read its descriptor. */
void spawned_settle(struct spawned *self);

void spawned_release(struct spawned *self);
