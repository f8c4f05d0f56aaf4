/* readiness.h - how the daemon learns that a child is ready. */
#pragma once

#include "notify.h"
#include "notify_pipe.h"
#include "options.h"
#include "spawn_request.h"

/* `how` says it for people. */
typedef void readiness_fn(void *arg, const char *how);

/* Part of its owner; zero it. */
struct readiness {
    loop_t *loop; /* borrowed; so is all but the pipe */
    const notify_t *notify;
    readiness_fn *on_ready;
    void *arg;
    notify_pipe_t *pipe;
    int child_fd; /* the child's end, until it has it */
    bool is_open;
};

/* Says whether the child itself tells: a plugin, or a program with `notify` or `notify_fd`. */
bool readiness_is_told(const struct watcher_options *options);

/* Puts into the request what the child needs to tell. Returns 0, or -1 with `err` filled. */
int readiness_open(struct readiness *self, const struct watcher_options *options,
                   struct spawn_request *request, struct ph_error *err);

/* The child has its end. */
void readiness_set_started(struct readiness *self);

void readiness_close(struct readiness *self);
