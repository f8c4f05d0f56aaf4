/* opened.h - sockets on the loopback address, for tests. */
#pragma once

#include <socket/sockets.h>

/* Returns options for a socket of that name, borrowed, at any free port of 127.0.0.1. */
struct socket_options loopback_socket(char *name);

/* Opens one; the test fails if that does. The caller owns the result. */
sockets_t *open_one(const struct socket_options *options);

/* Opens "web", "Admin", and "own", which each process has for itself. The caller owns the result.
 */
sockets_t *open_three(bool blocking);

/* A list of names, ended by NULL. */
#define NAMES(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
