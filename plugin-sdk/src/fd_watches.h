/* fd_watches.h - descriptors of a plugin that are waited for together with our own. */
#pragma once

#include <plughost/plugin.h>
#include <poll.h>

/* The places at the beginning of the poll set that are ours. */
enum { POLL_SIGNALS, POLL_MESSAGES, POLL_NEWS, POLL_EVENTS, POLL_OWN };

typedef struct fd_watches fd_watches_t;

fd_watches_t *fd_watches_new(void);
void fd_watches_destroy(fd_watches_t **self_p);

struct fd_watch {
    int fd;
    short events;
    ph_fd_fn *function;
    void *arg;
};

/* Adds a descriptor, or replaces what was said of it. Returns 0, or -1 with PH_INVALID. */
int fd_watches_add(fd_watches_t *self, const struct fd_watch *watch, struct ph_error *err);
void fd_watches_remove(fd_watches_t *self, int fd);

/* Returns what to pass to poll: POLL_OWN places of the caller's, with fd -1 until it sets them, and
 * then the descriptors. */
struct pollfd *fd_watches_poll_set(fd_watches_t *self, nfds_t *count);

/* Calls the functions of those that poll found ready. They may add and remove others. */
void fd_watches_run(fd_watches_t *self, ph_plugin_t *plugin);
