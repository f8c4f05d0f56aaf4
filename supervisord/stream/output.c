#include "output.h"

#include "sink.h"

#include <alloc.h>
#include <stdlib.h>

struct output {
    streams_t *streams;
    char *watcher;
    sink_t *sinks[BLOCK_STDERR + 1];
    tail_t *tail;
    bool has_siblings;
};

output_t *output_new(streams_t *streams, const char *watcher, const struct stream_options *out,
                     const struct stream_options *err_options, struct ph_error *err)
{
    ph_cleanup(output_destroy) output_t *self = ph_calloc(1, sizeof *self);
    self->streams = streams;
    self->watcher = ph_strdup(watcher);
    self->tail = tail_new();
    return output_configure(self, out, err_options, err) < 0 ? NULL : ph_steal(&self);
}

void output_destroy(output_t **self_p)
{
    output_t *self = *self_p;
    if (!self)
        return;
    sink_destroy(&self->sinks[BLOCK_STDOUT]);
    sink_destroy(&self->sinks[BLOCK_STDERR]);
    tail_destroy(&self->tail);
    free(self->watcher);
    free(self);
    *self_p = NULL;
}

static sink_t *open_sink(const output_t *self, enum block_stream stream,
                         const struct stream_options *options, struct ph_error *err)
{
    sink_t *sink = sink_new(self->streams, self->watcher, stream, options, err);
    if (!sink)
        ph_error_prefix(err, "%s of '%s'", stream == BLOCK_STDOUT ? "stdout" : "stderr",
                        self->watcher);
    return sink;
}

static void replace(sink_t **sink, sink_t **by)
{
    sink_destroy(sink);
    *sink = ph_steal(by);
}

int output_configure(output_t *self, const struct stream_options *out,
                     const struct stream_options *err_options, struct ph_error *err)
{
    ph_cleanup(sink_destroy) sink_t *first = open_sink(self, BLOCK_STDOUT, out, err);
    ph_cleanup(sink_destroy) sink_t *second =
        first ? open_sink(self, BLOCK_STDERR, err_options, err) : NULL;
    if (!second)
        return -1;
    replace(&self->sinks[BLOCK_STDOUT], &first);
    replace(&self->sinks[BLOCK_STDERR], &second);
    sink_begin(self->sinks[BLOCK_STDOUT]);
    sink_begin(self->sinks[BLOCK_STDERR]);
    return 0;
}

int output_check(const output_t *self, const struct stream_options *out,
                 const struct stream_options *err_options, struct ph_error *err)
{
    ph_cleanup(sink_destroy) sink_t *first = open_sink(self, BLOCK_STDOUT, out, err);
    ph_cleanup(sink_destroy) sink_t *second =
        first ? open_sink(self, BLOCK_STDERR, err_options, err) : NULL;
    return second ? 0 : -1;
}

void output_set_siblings(output_t *self, bool has_siblings)
{
    self->has_siblings = has_siblings;
}

void output_write(output_t *self, struct block *block)
{
    block->watcher = self->watcher;
    block->has_siblings = self->has_siblings;
    sink_write(self->sinks[block->stream], block);
    tail_add(self->tail, block);
    streams_follow(self->streams, block);
}

const tail_t *output_tail(const output_t *self)
{
    return self->tail;
}

streams_t *output_streams(const output_t *self)
{
    return self->streams;
}
