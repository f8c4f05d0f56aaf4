#include "loop.h"

#include <alloc.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

enum {
    WAKE_EVENTS =
        64, /* descriptors and timers served per wake-up: then the sockets get their turn */
};

/* What zloop needs to call one of our socket handlers. */
struct socket_reader {
    loop_t *loop;
    zsock_t *socket;
    loop_socket_fn *on_readable;
    void *arg;
    struct socket_reader *next;
};

struct loop {
    zloop_t *zloop;
    int epoll_fd;
    timers_t *timers;
    struct loop_watch timer_watch;
    struct socket_reader *readers;
    struct epoll_event ready[WAKE_EVENTS]; /* of the present wake-up */
    int ready_count;
    bool is_ending;
};

static void on_timers(void *arg)
{
    loop_t *self = arg;
    timers_fire(self->timers, WAKE_EVENTS);
}

static int on_descriptors(zloop_t *zloop, zmq_pollitem_t *item, void *arg)
{
    (void)zloop;
    (void)item;
    loop_t *self = arg;
    self->ready_count = epoll_wait(self->epoll_fd, self->ready, WAKE_EVENTS, 0);
    timers_hold(self->timers);
    for (int i = 0; i < self->ready_count; i++) {
        struct loop_watch *watch = self->ready[i].data.ptr;
        if (watch) /* NULL: a handler before it took it out of the set */
            watch->on_readable(watch->arg);
    }
    self->ready_count = 0;
    timers_fire(self->timers, WAKE_EVENTS); /* what is due now need not wait for the next wake-up */
    return self->is_ending ? -1 : 0;
}

loop_t *loop_new(struct ph_error *err)
{
    ph_cleanup(loop_destroy) loop_t *self = ph_calloc(1, sizeof *self);
    self->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (self->epoll_fd < 0) {
        ph_error_sys(err, "cannot create an epoll set");
        return NULL;
    }
    self->timers = timers_new(err);
    if (!self->timers)
        return NULL;
    self->timer_watch = (struct loop_watch){on_timers, self, timers_fd(self->timers)};
    if (loop_watch(self, &self->timer_watch, err) < 0)
        return NULL;

    self->zloop = zloop_new();
    zloop_set_nonstop(self->zloop, true); /* signals are ours, not CZMQ's */
    zmq_pollitem_t item = {.fd = self->epoll_fd, .events = ZMQ_POLLIN};
    zloop_poller(self->zloop, &item, on_descriptors, self);
    zloop_poller_set_tolerant(self->zloop, &item);
    return ph_steal(&self);
}

void loop_destroy(loop_t **self_p)
{
    loop_t *self = *self_p;
    if (!self)
        return;
    zloop_destroy(&self->zloop);
    timers_destroy(&self->timers);
    ph_closep(&self->epoll_fd);
    while (self->readers) {
        struct socket_reader *next = self->readers->next;
        free(self->readers);
        self->readers = next;
    }
    free(self);
    *self_p = NULL;
}

int loop_watch(loop_t *self, struct loop_watch *watch, struct ph_error *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = watch};
    if (epoll_ctl(self->epoll_fd, EPOLL_CTL_ADD, watch->fd, &event) < 0)
        return ph_error_sys(err, "cannot watch descriptor %d", watch->fd);
    return 0;
}

void loop_unwatch(loop_t *self, struct loop_watch *watch)
{
    epoll_ctl(self->epoll_fd, EPOLL_CTL_DEL, watch->fd, NULL);
    for (int i = 0; i < self->ready_count; i++)
        if (self->ready[i].data.ptr == watch)
            self->ready[i].data.ptr = NULL;
}

static int on_socket(zloop_t *zloop, zsock_t *socket, void *arg)
{
    (void)zloop;
    (void)socket;
    struct socket_reader *reader = arg;
    reader->on_readable(reader->arg);
    return reader->loop->is_ending ? -1 : 0;
}

void loop_watch_socket(loop_t *self, zsock_t *socket, loop_socket_fn *on_readable, void *arg)
{
    struct socket_reader *reader = ph_calloc(1, sizeof *reader);
    *reader = (struct socket_reader){self, socket, on_readable, arg, self->readers};
    self->readers = reader;
    zloop_reader(self->zloop, socket, on_socket, reader);
}

void loop_forget_socket(loop_t *self, zsock_t *socket)
{
    zloop_reader_end(self->zloop, socket);
}

timers_t *loop_timers(const loop_t *self)
{
    return self->timers;
}

void loop_run(loop_t *self)
{
    if (!self->is_ending)
        zloop_start(self->zloop);
}

void loop_end(loop_t *self)
{
    self->is_ending = true;
}
