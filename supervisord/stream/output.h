/* output.h - what becomes of the output of a watcher's processes: a sink for each stream, and the
 * last lines in memory. */
#pragma once

#include "options.h"
#include "streams.h"
#include "tail.h"

typedef struct output output_t;

/* `streams` is borrowed; the name and what the options point to are copied. The caller owns the
 * result. Returns NULL and fills `err` when the options do not fit together or a file cannot be
 * opened. */
output_t *output_new(streams_t *streams, const char *watcher, const struct stream_options *out,
                     const struct stream_options *err_options, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL; its captures must be gone. `*self_p` may be NULL. */
void output_destroy(output_t **self_p);

/* Takes other options while processes write. Returns 0, or -1 with `err` filled: then the old ones
 * are kept. */
int output_configure(output_t *self, const struct stream_options *out,
                     const struct stream_options *err_options, struct ph_error *err);

/* Says whether it could take such options. Returns 0, or -1 with `err` filled. */
int output_check(const output_t *self, const struct stream_options *out,
                 const struct stream_options *err_options, struct ph_error *err);

/* Says whether the watcher has several processes: then their numbers are shown. */
void output_set_siblings(output_t *self, bool has_siblings);

/* Passes a block of one of the processes on. What it says of the watcher is set here. */
void output_write(output_t *self, struct block *block);

const tail_t *output_tail(const output_t *self);
streams_t *output_streams(const output_t *self);
