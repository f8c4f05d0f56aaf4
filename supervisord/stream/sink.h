/* sink.h - where one stream of a watcher goes. */
#pragma once

#include "options.h"
#include "streams.h"

typedef struct sink sink_t;

/* Opens what `options` name; they are copied as far as needed. `stream` says which of the daemon's
 * own is the default. `streams` is borrowed, `watcher` is the name that a colour is picked by. The
 * caller owns the result. Returns NULL and fills `err` when the options do not fit together or the
 * file cannot be opened. */
sink_t *sink_new(streams_t *streams, const char *watcher, enum block_stream stream,
                 const struct stream_options *options, struct ph_error *err);

/* It is the one in use from now on: what its options say of a file that others use too counts. */
void sink_begin(sink_t *self);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void sink_destroy(sink_t **self_p);

/* Passes a block on. Never waits and never fails: what is not taken is lost and counted. */
void sink_write(sink_t *self, const struct block *block);
