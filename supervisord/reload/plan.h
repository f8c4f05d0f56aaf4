/* plan.h - what reading the configuration again would do to each watcher, and why.
 *
 * Commands may have changed options, and added watchers, since it was read. That stays, except for
 * options that the configuration says anew. */
#pragma once

#include "../watchers.h"
#include "plan_sockets.h"
#include "plan_step.h"

struct plan {
    struct configuration fresh;
    struct plan_step *steps; /* in the order of the configuration; those that go come last */
    size_t count;
    size_t unchanged;        /* watchers without a step */
    struct changes settings; /* of [plughost] */
    struct plan_sockets sockets;
};

/* What it is made of, all borrowed. */
struct plan_context {
    const struct configuration *running; /* as it was read, and settings and sockets in use */
    watchers_t *watchers;
};

/* Reads the configuration and compares. Returns 0, or -1 with all that is wrong with it in
 * `problems`; then there is nothing to release. */
int plan_make(struct plan *self, const struct plan_context *context, struct problems *problems);

void plan_release(struct plan *self);
