#include "streams.h"

#include <alloc.h>
#include <stdlib.h>
#include <unistd.h>

struct streams {
    loop_t *loop;
    struct loss_listener losses;
    follower_fn *follower; /* NULL: nobody */
    void *follower_arg;
    struct logfiles files;
    console_t *consoles[STDERR_FILENO + 1];
    struct lines lines;
    char buffer[STREAMS_BUFFER_SIZE];
};

streams_t *streams_new(loop_t *loop, loss_fn *on_loss, void *arg)
{
    streams_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->losses = (struct loss_listener){on_loss, arg};
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        self->consoles[fd] = console_new(fd, &self->losses);
    return self;
}

void streams_destroy(streams_t **self_p)
{
    streams_t *self = *self_p;
    if (!self)
        return;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        console_destroy(&self->consoles[fd]);
    logfiles_release(&self->files);
    lines_release(&self->lines);
    free(self);
    *self_p = NULL;
}

void streams_set_follower(streams_t *self, follower_fn *fn, void *arg)
{
    self->follower = fn;
    self->follower_arg = arg;
}

int streams_reopen(streams_t *self, struct ph_error *err)
{
    return logfiles_reopen(&self->files, err);
}

loop_t *streams_loop(const streams_t *self)
{
    return self->loop;
}

char *streams_buffer(streams_t *self)
{
    return self->buffer;
}

struct lines *streams_lines(streams_t *self)
{
    return &self->lines;
}

struct logfiles *streams_files(streams_t *self)
{
    return &self->files;
}

console_t *streams_console(streams_t *self, int fd)
{
    return self->consoles[fd];
}

const struct loss_listener *streams_losses(const streams_t *self)
{
    return &self->losses;
}

void streams_follow(const streams_t *self, const struct block *block)
{
    if (self->follower)
        self->follower(self->follower_arg, block);
}
