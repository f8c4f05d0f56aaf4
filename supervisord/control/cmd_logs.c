/* The command that shows the last output of watchers. */
#include "command.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

enum { DEFAULT_LINES = 100, MAX_LINES = 10000 };

/* The lines of one watcher, and the next of them. */
struct source {
    const watcher_t *watcher;
    struct tail_cursor cursor;
    struct tail_line line;
    bool has_line;
};

static void advance(struct source *source)
{
    source->has_line =
        tail_next(output_tail(watcher_output(source->watcher)), &source->cursor, &source->line);
}

/* Goes on to the first line that came at `since` or later. */
static void begin_at(struct source *source, const watcher_t *watcher, double since)
{
    *source = (struct source){.watcher = watcher};
    do
        advance(source);
    while (source->has_line && source->line.time < since);
}

static size_t count_lines(struct source source)
{
    size_t count = 0;
    for (; source.has_line; advance(&source))
        count++;
    return count;
}

/* ---- the oldest first: a heap of sources by the time of their next line ---- */

static void sink(struct source *heap, size_t count, size_t at)
{
    for (size_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && heap[child + 1].line.time < heap[child].line.time)
            child++;
        if (heap[at].line.time <= heap[child].line.time)
            return;
        struct source moved = heap[at];
        heap[at] = heap[child];
        heap[child] = moved;
    }
}

static size_t make_heap(struct source *sources, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++)
        if (sources[i].has_line)
            sources[left++] = sources[i];
    for (size_t i = left / 2; i > 0; i--)
        sink(sources, left, i - 1);
    return left;
}

static size_t pop(struct source *heap, size_t count)
{
    advance(&heap[0]);
    if (!heap[0].has_line)
        heap[0] = heap[--count];
    sink(heap, count, 0);
    return count;
}

/* ---- the reply ---- */

static void write_line(ph_writer_t *reply, const struct source *source)
{
    const struct tail_line *line = &source->line;
    ph_cleanup(ph_freep) char *text = ph_strndup(line->data, line->size);
    ph_text_mend(text);
    ph_writer_map(reply, NULL);
    ph_writer_float(reply, "time", line->time);
    ph_writer_string(reply, "name", watcher_name(source->watcher));
    ph_writer_int(reply, "wid", line->wid);
    ph_writer_int(reply, "pid", line->pid);
    ph_writer_string(reply, "stream", line->stream == BLOCK_STDOUT ? "stdout" : "stderr");
    ph_writer_string(reply, "text", text);
    ph_writer_end(reply);
}

static void write_lines(ph_writer_t *reply, struct source *heap, size_t count, size_t skip)
{
    ph_writer_array(reply, "lines");
    for (; count > 0; count = pop(heap, count)) {
        if (skip > 0)
            skip--;
        else
            write_line(reply, &heap[0]);
    }
    ph_writer_end(reply);
}

int command_logs(struct command_call *call, struct ph_error *err)
{
    int64_t lines = ph_value_int(ph_value_get(call->properties, "lines"), DEFAULT_LINES);
    double since = ph_value_float(ph_value_get(call->properties, "since"), 0);
    if (lines < 0 || lines > MAX_LINES)
        return ph_error_set(err, PH_INVALID, "lines = %lld: it must be 0 to %d", (long long)lines,
                            MAX_LINES);
    ph_cleanup(selection_release) struct selection selection;
    if (selection_read(&selection, call, err) < 0)
        return -1;

    struct source *sources = ph_calloc(selection.count + 1, sizeof *sources);
    size_t total = 0;
    for (size_t i = 0; i < selection.count; i++) {
        begin_at(&sources[i], selection.watchers[i], since);
        total += count_lines(sources[i]);
    }
    size_t count = make_heap(sources, selection.count);
    write_lines(call->reply, sources, count, total > (size_t)lines ? total - (size_t)lines : 0);
    free(sources);
    return 0;
}
