/* child_output.h - the two pipes that a child writes to. */
#pragma once

#include "../stream/capture.h"
#include "options.h"
#include "spawn_request.h"

/* Part of its owner; zero it. */
struct child_output {
    output_t *output; /* of the watcher; borrowed */
    capture_t *captures[2];
    int child_fds[2]; /* the child's ends, until it has them */
    bool is_open;
    pid_t pid;
};

/* Opens the pipes and puts the child's ends into the request; a stream that the options close goes
 * to /dev/null. Returns 0, or -1 with `err` filled. */
int child_output_open(struct child_output *self, output_t *output, struct spawn_request *request,
                      const struct watcher_options *options, struct ph_error *err);

/* The child has its ends. */
void child_output_set_pid(struct child_output *self, pid_t pid);

/* The child is dead: takes what it left. Returns the last lines that it wrote, which the caller
 * frees; NULL: it wrote nothing. */
char *child_output_finish(struct child_output *self);

/* Says whether somebody else may still hold one of its pipes. */
bool child_output_is_held(const struct child_output *self);

void child_output_close(struct child_output *self);
