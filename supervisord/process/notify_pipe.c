#include "notify_pipe.h"

#include <alloc.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { READ_BYTES = 512 };

struct notify_pipe {
    loop_t *loop;
    struct loop_watch watch; /* its descriptor is -1 once all is said */
    notify_pipe_fn *on_ready;
    void *arg;
};

static void stop_reading(notify_pipe_t *self)
{
    if (self->watch.fd < 0)
        return;
    loop_unwatch(self->loop, &self->watch);
    ph_closep(&self->watch.fd);
}

/* One read per wake-up: who writes without end waits for its turn like all others. */
static void on_readable(void *arg)
{
    notify_pipe_t *self = arg;
    char bytes[READ_BYTES];
    ssize_t size = read(self->watch.fd, bytes, sizeof bytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOMEM))
        return;
    bool is_ready = size > 0 && memchr(bytes, '\n', (size_t)size);
    if (size > 0 && !is_ready)
        return;
    stop_reading(self);
    self->on_ready(self->arg, is_ready);
}

notify_pipe_t *notify_pipe_new(loop_t *loop, notify_pipe_fn *on_ready, void *arg, int *child_fd,
                               struct ph_error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) {
        ph_error_sys(err, "cannot make a pipe");
        return NULL;
    }
    ph_cleanup(ph_closep) int our_end = ends[0];
    ph_cleanup(ph_closep) int their_end = ends[1];
    ph_cleanup(ph_freep) notify_pipe_t *self = ph_calloc(1, sizeof *self);
    *self = (notify_pipe_t){
        .loop = loop, .watch = {on_readable, self, our_end}, .on_ready = on_ready, .arg = arg};
    if (fcntl(our_end, F_SETFL, O_NONBLOCK) < 0) { /* theirs waits, as programs expect */
        ph_error_sys(err, "cannot set up a pipe");
        return NULL;
    }
    if (loop_watch(loop, &self->watch, err) < 0)
        return NULL;
    ph_steal_fd(&our_end);
    *child_fd = ph_steal_fd(&their_end);
    return ph_steal(&self);
}

void notify_pipe_destroy(notify_pipe_t **self_p)
{
    notify_pipe_t *self = *self_p;
    if (!self)
        return;
    stop_reading(self);
    free(self);
    *self_p = NULL;
}
