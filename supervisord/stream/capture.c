#include "capture.h"

#include <alloc.h>
#include <clock.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    READS_AT_ONCE = 8,      /* then the other descriptors get their turn */
    FULL_SIZE = 64 * 1024,  /* what a pipe holds at first */
    WIDE_SIZE = 256 * 1024, /* and at last, if it is allowed */
    FLOOD_SIZE = 4 * 1024,  /* a read of so much is followed by another at once */
};

struct capture {
    output_t *output;
    struct loop_watch watch; /* its fd is -1 once the other end is closed */
    enum block_stream stream;
    int wid;
    pid_t pid;
    bool is_wide;      /* the pipe was made larger */
    bool is_continued; /* a piece of a long line was passed on last */
    char *rest;        /* the line that is not finished; NULL: there is none */
    size_t rest_size;
};

static void pass_on(capture_t *self, const char *data, size_t size)
{
    if (size == 0)
        return;
    struct block block = {.data = data,
                          .size = size,
                          .time = ph_clock_wall(),
                          .pid = self->pid,
                          .wid = self->wid,
                          .stream = self->stream,
                          .is_continued = self->is_continued};
    self->is_continued = data[size - 1] != '\n';
    output_write(self->output, &block);
}

/* Keeps the end of a line for later, unless it is too long. */
static void keep(capture_t *self, const char *data, size_t size)
{
    if (size > STREAMS_LINE_MAX) {
        pass_on(self, data, size);
        size = 0;
    }
    if (size == 0) {
        ph_freep(&self->rest);
    } else {
        self->rest = ph_realloc_array(self->rest, size, 1);
        memcpy(self->rest, data, size);
    }
    self->rest_size = size;
}

static void finish_line(capture_t *self)
{
    char *buffer = streams_buffer(output_streams(self->output));
    size_t size = self->rest_size;
    if (size == 0 && !self->is_continued)
        return;
    if (size > 0)
        memcpy(buffer, self->rest, size);
    buffer[size++] = '\n';
    keep(self, NULL, 0);
    pass_on(self, buffer, size);
}

static void end(capture_t *self)
{
    finish_line(self);
    loop_unwatch(streams_loop(output_streams(self->output)), &self->watch);
    ph_closep(&self->watch.fd);
}

/* Fills the buffer behind the rest of a line with what is there now: large writes are cheaper, as
 * they hardly ever end where a page of the file does. Returns as read does. */
static ssize_t fill(capture_t *self, char *buffer)
{
    size_t size = 0;
    while (size < STREAMS_READ_SIZE) {
        ssize_t count = read(self->watch.fd, buffer + size, STREAMS_READ_SIZE - size);
        if (count <= 0 && size == 0)
            return count;
        if (count <= 0)
            break; /* it shows again at the next read */
        size += (size_t)count;
        if (count < FLOOD_SIZE)
            break;
    }
    return (ssize_t)size;
}

/* Only a pipe that was full gets larger: what pipes may hold is limited for each user. */
static void widen(capture_t *self)
{
    self->is_wide = true;
    fcntl(self->watch.fd, F_SETPIPE_SZ, WIDE_SIZE);
}

/* Passes on the whole lines that are there. Returns how much came; 0 when there is nothing more for
 * now, or for ever. */
static size_t take(capture_t *self)
{
    char *buffer = streams_buffer(output_streams(self->output));
    ssize_t count = fill(self, buffer + self->rest_size);
    /* Closing our end for want of memory would kill the child that writes. */
    if (count < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM))
        return 0;
    if (count <= 0) {
        end(self);
        return 0;
    }
    if (count >= FULL_SIZE && !self->is_wide)
        widen(self);
    const char *newline = memrchr(buffer + self->rest_size, '\n', (size_t)count);
    if (self->rest_size > 0)
        memcpy(buffer, self->rest, self->rest_size);
    size_t size = self->rest_size + (size_t)count;
    size_t whole = newline ? (size_t)(newline - buffer) + 1 : 0;
    pass_on(self, buffer, whole);
    keep(self, buffer + whole, size - whole);
    return (size_t)count;
}

static void on_readable(void *arg)
{
    capture_t *self = arg;
    for (int i = 0; i < READS_AT_ONCE; i++)
        if (take(self) < FLOOD_SIZE)
            return;
}

capture_t *capture_new(output_t *output, enum block_stream stream, int wid, int *child_fd,
                       struct ph_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        ph_error_sys(err, "cannot create a pipe");
        return NULL;
    }
    ph_cleanup(ph_closep) int write_end = ends[1];
    ph_cleanup(capture_destroy) capture_t *self = ph_calloc(1, sizeof *self);
    *self = (capture_t){
        .output = output, .watch = {on_readable, self, ends[0]}, .stream = stream, .wid = wid};
    /* Only our end: the child's is as programs expect it. */
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        ph_error_sys(err, "cannot prepare a pipe");
        return NULL;
    }
    if (loop_watch(streams_loop(output_streams(output)), &self->watch, err) < 0)
        return NULL;
    *child_fd = ph_steal_fd(&write_end);
    return ph_steal(&self);
}

void capture_destroy(capture_t **self_p)
{
    capture_t *self = *self_p;
    if (!self)
        return;
    if (self->watch.fd >= 0) {
        loop_unwatch(streams_loop(output_streams(self->output)), &self->watch);
        ph_closep(&self->watch.fd);
    }
    free(self->rest);
    free(self);
    *self_p = NULL;
}

void capture_set_pid(capture_t *self, pid_t pid)
{
    self->pid = pid;
}

void capture_drain(capture_t *self)
{
    /* No more than a pipe holds: its children may write faster than we read. */
    int left = self->watch.fd >= 0 ? fcntl(self->watch.fd, F_GETPIPE_SZ) : 0;
    while (left > 0) {
        size_t size = take(self);
        if (size == 0)
            break;
        left -= (int)size;
    }
    finish_line(self);
}

bool capture_is_open(const capture_t *self)
{
    return self->watch.fd >= 0;
}
