/* capture.h - reads one stream of one process, from the pipe to its output. */
#pragma once

#include "output.h"

typedef struct capture capture_t;

/* Opens a pipe and watches it. `*child_fd` is the end for the child, which the caller closes once
 * the child has it. `wid` is the number of the process. `output` is borrowed. The
 * caller owns the result. Returns NULL and fills `err` when there are no descriptors left. */
capture_t *capture_new(output_t *output, enum block_stream stream, int wid, int *child_fd,
                       struct ph_error *err);

/* Passes nothing on any more, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void capture_destroy(capture_t **self_p);

/* Says which process writes, once it is known. */
void capture_set_pid(capture_t *self, pid_t pid);

/* The process is dead: passes on what it left in the pipe, with a newline behind a last line that
 * lacks one. What its children write is read as before. */
void capture_drain(capture_t *self);

/* Says whether somebody still holds the other end. */
bool capture_is_open(const capture_t *self);
