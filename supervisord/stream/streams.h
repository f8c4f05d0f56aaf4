/* streams.h - what all streams of the daemon share: the read buffer, the files by path, the
 * daemon's own output, and who listens. */
#pragma once

#include "../loop/loop.h"
#include "console.h"
#include "lines.h"
#include "logfiles.h"

typedef struct streams streams_t;

/* Called with each block as it arrives. It must not write to a stream. */
typedef void follower_fn(void *arg, const struct block *block);

enum {
    STREAMS_LINE_MAX = 64 * 1024, /* a longer line is passed on in pieces */
    STREAMS_READ_SIZE = 128 * 1024,
    STREAMS_BUFFER_SIZE = STREAMS_LINE_MAX + STREAMS_READ_SIZE + 1,
};

/* The loop is borrowed; `on_loss` may be NULL. The caller owns the result. */
streams_t *streams_new(loop_t *loop, loss_fn *on_loss, void *arg);

/* Frees `*self_p` and sets it to NULL; all outputs must be gone. `*self_p` may be NULL. */
void streams_destroy(streams_t **self_p);

/* Sets who is told of every block, or nobody if `fn` is NULL. */
void streams_set_follower(streams_t *self, follower_fn *fn, void *arg);

/* Opens every file again under its name. Returns 0, or -1 with `err` filled for the last that could
 * not be opened: its old file stays in use. */
int streams_reopen(streams_t *self, struct ph_error *err);

/* For the parts of this folder. The buffer has STREAMS_BUFFER_SIZE bytes, for one block at a
 * time. */
loop_t *streams_loop(const streams_t *self);
char *streams_buffer(streams_t *self);
struct lines *streams_lines(streams_t *self);
struct logfiles *streams_files(streams_t *self);
console_t *streams_console(streams_t *self, int fd); /* 1 or 2 */
const struct loss_listener *streams_losses(const streams_t *self);
void streams_follow(const streams_t *self, const struct block *block);
