/* share.h - what one child is told of the sockets that it inherits: systemd's socket activation,
 * sd_listen_fds(3). */
#pragma once

#include "../process/options.h"
#include "sockets.h"

enum { SOCKET_SHARE_FIRST = 3 }; /* the first socket's number in the child */

struct shared_socket {
    const char *name; /* belongs to the sockets */
    int fd;           /* becomes descriptor SOCKET_SHARE_FIRST and so on in the child */
    bool is_own;      /* opened for this child alone */
};

/* Part of its owner; release it once the child is started. */
struct socket_share {
    struct shared_socket *items;
    size_t count;
};

/* Collects the sockets of `names` as sockets_select does, and opens those with so_reuseport anew.
 * Returns 0, or -1 with `err` filled and nothing in `*self`. */
int socket_share_init(struct socket_share *self, const sockets_t *sockets, const char *const *names,
                      struct ph_error *err);

/* Closes what was opened for the child alone. */
void socket_share_release(struct socket_share *self);

/* Returns the number that a socket has in the child, or -1 if it does not get it. */
int socket_share_number(const struct socket_share *self, const char *name);

/* Sets LISTEN_FDS and LISTEN_FDNAMES; without sockets, nothing. LISTEN_PID is set by whoever knows
 * the pid. */
void socket_share_describe(const struct socket_share *self, struct pairs *env);
