#include "console.h"

#include <alloc.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct console {
    int fd;
    bool has_color;
    bool is_mid_line; /* the last byte is no newline */
    struct loss loss;
};

console_t *console_new(int fd, const struct loss_listener *listener)
{
    console_t *self = ph_calloc(1, sizeof *self);
    const char *no_color = getenv("NO_COLOR");
    self->fd = fd;
    self->has_color = isatty(fd) && !(no_color && *no_color);
    loss_init(&self->loss, listener,
              fd == STDERR_FILENO ? "the daemon's standard error" : "the daemon's standard output");
    return self;
}

void console_destroy(console_t **self_p)
{
    console_t *self = *self_p;
    if (!self)
        return;
    loss_release(&self->loss);
    free(self);
    *self_p = NULL;
}

/* Writes up to PIPE_BUF bytes: a pipe that is ready takes so many without waiting. The descriptor
 * is shared with other programs, so that it cannot be made one that does not block. Returns how
 * many were written. */
static size_t write_some(console_t *self, const char *data, size_t size)
{
    struct pollfd ready = {.fd = self->fd, .events = POLLOUT};
    if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
        return 0;
    ssize_t count = write(self->fd, data, size);
    if (count <= 0)
        return 0;
    self->is_mid_line = data[count - 1] != '\n';
    return (size_t)count;
}

/* Writes what has to stand before the next bytes. Returns whether nothing of it is left. */
static bool write_lead(console_t *self, bool is_continued)
{
    ph_cleanup(ph_freep) char *notice = loss_notice(&self->loss);
    if (self->is_mid_line && (notice || !is_continued) && write_some(self, "\n", 1) == 0)
        return false;
    if (!notice)
        return true;
    if (write_some(self, notice, strlen(notice)) != strlen(notice))
        return false;
    loss_said(&self->loss);
    return true;
}

void console_write(console_t *self, const struct block *block)
{
    size_t at = 0;
    bool is_taken = write_lead(self, block->is_continued);
    while (is_taken && at < block->size) {
        size_t left = block->size - at;
        size_t size = block_lines_within(block->data + at, left, PIPE_BUF);
        if (size == 0) /* a line that is longer */
            size = PIPE_BUF;
        size_t written = write_some(self, block->data + at, size);
        is_taken = written == size;
        at += written;
    }
    if (is_taken)
        loss_end(&self->loss, block);
    else
        loss_add(&self->loss, block, block->data + at, block->size - at, "nobody takes them");
}

bool console_has_color(const console_t *self)
{
    return self->has_color;
}
