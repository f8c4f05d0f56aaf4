#include "loop.h"

#include <alloc.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

/* Descriptors, and timers, that are served per wake-up: then the sockets get their turn. Each may
 * take as long as a spawn, so there are few: whoever asks for something waits for all of them. */
enum { WAKE_EVENTS = 4 };

/* A ZeroMQ socket. Its descriptor tells that something has changed, and may have told it to whoever
 * used the socket last: so it is read whenever it may have something, and known to be empty after.
 */
struct socket_reader {
    struct loop_watch watch; /* of its descriptor */
    zsock_t *socket;
    loop_socket_fn *on_readable;
    void *arg;
    bool is_due; /* it may have messages */
    struct socket_reader *next;
};

struct loop {
    int epoll_fd;
    timers_t *timers;
    struct loop_watch timer_watch;
    struct socket_reader *readers;
    loop_fd_fn *before_wait;
    void *before_wait_arg;
    struct epoll_event ready[WAKE_EVENTS]; /* of the present wake-up */
    int ready_count;
    bool is_ending;
};

static void on_timers(void *arg)
{
    loop_t *self = arg;
    timers_fire(self->timers, WAKE_EVENTS);
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
    return loop_watch(self, &self->timer_watch, err) < 0 ? NULL : ph_steal(&self);
}

void loop_destroy(loop_t **self_p)
{
    loop_t *self = *self_p;
    if (!self)
        return;
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

/* ---- ZeroMQ sockets ---- */

static void on_socket(void *arg)
{
    struct socket_reader *reader = arg;
    reader->is_due = true;
}

int loop_watch_socket(loop_t *self, zsock_t *socket, loop_socket_fn *on_readable, void *arg,
                      struct ph_error *err)
{
    ph_cleanup(ph_freep) struct socket_reader *reader = ph_calloc(1, sizeof *reader);
    *reader = (struct socket_reader){.watch = {on_socket, reader, (int)zsock_fd(socket)},
                                     .socket = socket,
                                     .on_readable = on_readable,
                                     .arg = arg,
                                     .is_due = true,
                                     .next = self->readers};
    if (loop_watch(self, &reader->watch, err) < 0)
        return -1;
    self->readers = ph_steal(&reader);
    return 0;
}

static struct socket_reader **find_reader(loop_t *self, const zsock_t *socket)
{
    struct socket_reader **link = &self->readers;
    while (*link && (*link)->socket != socket)
        link = &(*link)->next;
    return link;
}

void loop_touch_socket(loop_t *self, const zsock_t *socket)
{
    struct socket_reader *reader = *find_reader(self, socket);
    if (reader)
        reader->is_due = true;
}

void loop_forget_socket(loop_t *self, zsock_t *socket)
{
    struct socket_reader **link = find_reader(self, socket);
    struct socket_reader *reader = *link;
    if (!reader)
        return;
    loop_unwatch(self, &reader->watch);
    *link = reader->next;
    free(reader);
}

static void serve_sockets(loop_t *self)
{
    for (struct socket_reader *reader = self->readers; reader; reader = reader->next)
        if (reader->is_due)
            reader->is_due = reader->on_readable(reader->arg);
}

/* To be asked last before the wait: one may have used the socket of another, and so may whoever
 * does something before the wait. */
static bool has_due_socket(const loop_t *self)
{
    for (const struct socket_reader *reader = self->readers; reader; reader = reader->next)
        if (reader->is_due)
            return true;
    return false;
}

static void touch_all_sockets(loop_t *self)
{
    for (struct socket_reader *reader = self->readers; reader; reader = reader->next)
        reader->is_due = true;
}

/* ---- running ---- */

static void serve_descriptors(loop_t *self, int timeout_ms)
{
    self->ready_count = epoll_wait(self->epoll_fd, self->ready, WAKE_EVENTS, timeout_ms);
    timers_hold(self->timers);
    for (int i = 0; i < self->ready_count; i++) {
        struct loop_watch *watch = self->ready[i].data.ptr;
        if (watch) /* NULL: a handler before it took it out of the set */
            watch->on_readable(watch->arg);
    }
    if (self->ready_count == WAKE_EVENTS)
        touch_all_sockets(self); /* their own descriptors may come after thousands of others */
    self->ready_count = 0;
    timers_fire(self->timers, WAKE_EVENTS); /* what is due now need not wait for the next wake-up */
}

void loop_before_wait(loop_t *self, loop_fd_fn *function, void *arg)
{
    self->before_wait = function;
    self->before_wait_arg = arg;
}

timers_t *loop_timers(const loop_t *self)
{
    return self->timers;
}

void loop_run(loop_t *self)
{
    while (!self->is_ending) {
        serve_sockets(self);
        if (self->before_wait)
            self->before_wait(self->before_wait_arg);
        if (!self->is_ending)
            serve_descriptors(self, has_due_socket(self) ? 0 : -1);
    }
}

void loop_end(loop_t *self)
{
    self->is_ending = true;
}
