/* loop.h - the daemon's one loop: a zloop for ZeroMQ sockets, one epoll set inside it for
 * descriptors.
 *
 * A wake-up costs the same however many descriptors there are: zloop polls the set as one item. */
#pragma once

#include "timers.h"

#include <czmq.h>

typedef struct loop loop_t;
typedef void loop_fd_fn(void *arg);
typedef void loop_socket_fn(void *arg);

/* A watched descriptor, part of its owner; unwatch it before the owner goes. */
struct loop_watch {
    loop_fd_fn *on_readable;
    void *arg;
    int fd; /* borrowed */
};

/* The caller owns the result. Returns NULL and fills `err` when there are no descriptors left. */
loop_t *loop_new(struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void loop_destroy(loop_t **self_p);

/* Calls `watch->on_readable(watch->arg)` whenever `watch->fd` can be read, until loop_unwatch.
 * Returns 0, or -1 with `err` filled. */
int loop_watch(loop_t *self, struct loop_watch *watch, struct ph_error *err);

/* Ends that. The descriptor must still be open; it stays so. */
void loop_unwatch(loop_t *self, struct loop_watch *watch);

/* Calls `on_readable(arg)` whenever the ZeroMQ socket has a message, until loop_forget_socket. */
void loop_watch_socket(loop_t *self, zsock_t *socket, loop_socket_fn *on_readable, void *arg);
void loop_forget_socket(loop_t *self, zsock_t *socket);

/* Returns the timers of this loop. */
timers_t *loop_timers(const loop_t *self);

/* Runs until loop_end is called from a handler. */
void loop_run(loop_t *self);
void loop_end(loop_t *self);
