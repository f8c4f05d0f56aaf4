/* plan.h - what reading the configuration again would do to each watcher, and why.
 *
 * Commands may have changed options, and added watchers, since it was read. That stays, except for
 * options that the configuration says anew. */
#pragma once

#include "../config/configuration.h"
#include "../config/diff.h"
#include "../watchers.h"

/* What becomes of the processes of a watcher. */
enum plan_action {
    PLAN_NOTHING, /* other options are taken without it */
    PLAN_SIGNAL,  /* a plugin is told its new options */
    PLAN_RELOAD,  /* they are replaced without a gap */
    PLAN_RESTART,
    PLAN_START, /* of a new watcher, or of more processes */
    PLAN_STOP,  /* of one that goes, or of some of its processes */
};

/* A watcher that is not as the configuration says, or that such a one takes along. */
struct plan_step {
    watcher_t *watcher;              /* NULL: it is new */
    struct watcher_options *options; /* of `fresh`; NULL: the watcher goes */
    bool is_new;                     /* its watcher was made by plan_apply */
    enum plan_action action;
    struct changes changes;
    char *why;
};

/* A socket that is not as the configuration says. Only new ones can be opened while the daemon
 * runs. */
struct plan_socket {
    const struct socket_options *options; /* of `fresh`, if it is new; else NULL */
    char *name;
    char *why;
    struct changes changes;
};

struct plan {
    struct configuration fresh;
    struct plan_step *steps; /* in the order of the configuration; those that go come last */
    size_t count;
    size_t unchanged;        /* watchers without a step */
    struct changes settings; /* of [plughost] */
    struct plan_socket *sockets;
    size_t socket_count;
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

/* Makes the step that brings a watcher to other options, which are borrowed; without any if they
 * are the same. Release it as below. */
void plan_step_make(struct plan_step *self, watcher_t *watcher, struct watcher_options *options);
void plan_step_release(struct plan_step *self);

/* Returns the word for an action, such as "restart". */
const char *plan_action_name(enum plan_action action);

/* Writes its steps, what only a start of the daemon changes, how many watchers stay as they are,
 * and its id. */
void plan_write(const struct plan *self, ph_writer_t *out);

/* Returns a word that no other plan has, which the caller frees. */
char *plan_id(const struct plan *self);
