/* bind.h - makes one socket of a [socket:NAME] section. */
#pragma once

#include "address.h"

/* Makes a socket, closed by exec, and binds it to `*address`, which is then the one that it got:
 * with a port, if it was 0. A path that nobody listens on is taken over, one that is in use only
 * with `replace`, and what is no socket never. The caller owns the descriptor. Returns -1 and fills
 * `err` on failure. */
int socket_bind(const struct socket_options *options, struct socket_address *address,
                struct ph_error *err);

/* Lets connections come in; does nothing for datagrams. Returns 0, or -1 with PH_SYSTEM. */
int socket_listen(int fd, const struct socket_options *options,
                  const struct socket_address *address, struct ph_error *err);
