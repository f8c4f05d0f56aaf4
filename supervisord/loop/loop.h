/* loop.h - the daemon's one loop: one epoll set for descriptors, and for those of ZeroMQ sockets.
 *
 * A wake-up costs the same however many descriptors there are. */
#pragma once

#include "timers.h"

#include <czmq.h>

typedef struct loop loop_t;
typedef void loop_fd_fn(void *arg);

/* Receives without waiting until nothing is there, and returns false; or true if it has stopped
 * before, to give others their turn. */
typedef bool loop_socket_fn(void *arg);

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

/* Calls `on_readable(arg)` whenever the ZeroMQ socket may have a message, until loop_forget_socket.
 * Returns 0, or -1 and `err`. */
int loop_watch_socket(loop_t *self, zsock_t *socket, loop_socket_fn *on_readable, void *arg,
                      struct ph_error *err);
void loop_forget_socket(loop_t *self, zsock_t *socket);

/* The socket was used otherwise, to send for one: it may have messages that its descriptor does not
 * tell of any more. Nothing happens if it is not watched. */
void loop_touch_socket(loop_t *self, const zsock_t *socket);

/* Calls `function(arg)` before each wait for more; NULL: no longer. There is one such function. */
void loop_before_wait(loop_t *self, loop_fd_fn *function, void *arg);

/* Returns the timers of this loop. */
timers_t *loop_timers(const loop_t *self);

/* Runs until loop_end is called from a handler. */
void loop_run(loop_t *self);
void loop_end(loop_t *self);
