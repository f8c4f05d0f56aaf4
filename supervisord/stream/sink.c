#include "sink.h"

#include "datagram.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One of the three destinations is set, or none: then nothing is kept. */
struct sink {
    streams_t *streams;
    struct logfile_user user; /* of a file */
    console_t *console;       /* borrowed */
    datagram_t *datagram;
    char *time_format; /* or NULL */
    bool is_utc;
    int color; /* of the console's prefix */
};

/* A color that is the same in every run, from red to cyan. */
static int pick_color(const char *name)
{
    unsigned hash = 2166136261U; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619U;
    return (int)(hash % 6) + 1;
}

static void open_console(sink_t *self, const char *watcher, int fd,
                         const struct stream_options *options)
{
    self->console = streams_console(self->streams, fd);
    self->color = options->color ? stream_color_parse(options->color, NULL) : pick_color(watcher);
    if (options->class == STREAM_FANCY_STDOUT && !self->time_format)
        self->time_format = ph_strdup("%Y-%m-%d %H:%M:%S");
}

static int sink_open(sink_t *self, const char *watcher, enum block_stream stream,
                     const struct stream_options *options, struct ph_error *err)
{
    const struct loss_listener *losses = streams_losses(self->streams);
    switch (stream_options_class(options)) {
    case STREAM_FILE:
    case STREAM_WATCHED_FILE:
    case STREAM_TIMED_FILE:
        return logfiles_open(streams_files(self->streams), options, losses, &self->user, err);
    case STREAM_DEFAULT:
        open_console(self, watcher, stream == BLOCK_STDERR ? STDERR_FILENO : STDOUT_FILENO,
                     options);
        return 0;
    case STREAM_STDOUT:
    case STREAM_FANCY_STDOUT:
        open_console(self, watcher, STDOUT_FILENO, options);
        return 0;
    case STREAM_SYSLOG:
        self->datagram = datagram_new(DATAGRAM_SYSLOG, options->filename, losses);
        return 0;
    case STREAM_JOURNAL:
        self->datagram = datagram_new(DATAGRAM_JOURNAL, options->filename, losses);
        return 0;
    case STREAM_NULL:
        return 0;
    }
    return ph_error_set(err, PH_INVALID, "unknown stream class %d", (int)options->class);
}

sink_t *sink_new(streams_t *streams, const char *watcher, enum block_stream stream,
                 const struct stream_options *options, struct ph_error *err)
{
    if (stream_options_check(options, err) < 0)
        return NULL;
    ph_cleanup(sink_destroy) sink_t *self = ph_calloc(1, sizeof *self);
    self->streams = streams;
    self->is_utc = options->utc;
    if (options->time_format && *options->time_format)
        self->time_format = ph_strdup(options->time_format);
    return sink_open(self, watcher, stream, options, err) < 0 ? NULL : ph_steal(&self);
}

void sink_begin(sink_t *self)
{
    if (self->user.file)
        logfiles_begin(streams_files(self->streams), &self->user);
}

void sink_destroy(sink_t **self_p)
{
    sink_t *self = *self_p;
    if (!self)
        return;
    logfiles_close(streams_files(self->streams), &self->user);
    datagram_destroy(&self->datagram);
    free(self->time_format);
    free(self);
    *self_p = NULL;
}

static void write_file(void *arg, const struct block *block)
{
    const sink_t *self = arg;
    logfile_write(self->user.file, block);
}

static void write_console(void *arg, const struct block *block)
{
    const sink_t *self = arg;
    console_write(self->console, block);
}

/* As Circus writes it: "TIME [PID] | ". */
static void write_stamped_file(sink_t *self, const struct block *block, const char *stamp)
{
    ph_cleanup(ph_freep) char *prefix = ph_format("%s [%d] | ", stamp, (int)block->pid);
    lines_prefix(streams_lines(self->streams), block, prefix, write_file, self);
}

/* "NAME[WID] | ", in color, with the time before it if that is wanted. */
static void write_named(sink_t *self, const struct block *block, const char *stamp)
{
    char wid[16] = "", color[16] = "";
    if (block->has_siblings)
        snprintf(wid, sizeof wid, "[%d]", block->wid);
    bool has_color = console_has_color(self->console);
    if (has_color)
        snprintf(color, sizeof color, "\033[3%dm", self->color);
    ph_cleanup(ph_freep) char *prefix =
        ph_format("%s%s%s%s%s | %s", color, stamp, *stamp ? " " : "", block->watcher, wid,
                  has_color ? "\033[0m" : "");
    lines_prefix(streams_lines(self->streams), block, prefix, write_console, self);
}

void sink_write(sink_t *self, const struct block *block)
{
    char stamp[LINES_STAMP_SIZE] = "";
    if (self->time_format)
        lines_stamp(self->time_format, self->is_utc, block->time, stamp);
    if (self->console)
        write_named(self, block, stamp);
    else if (self->datagram)
        datagram_write(self->datagram, block);
    else if (self->user.file && self->time_format)
        write_stamped_file(self, block, stamp);
    else if (self->user.file)
        logfile_write(self->user.file, block);
}
