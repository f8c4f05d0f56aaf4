/* address.h - where a socket is bound: an address and a port, or a path. */
#pragma once

#include "options.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

struct socket_address {
    union {
        struct sockaddr any;
        struct sockaddr_in inet;
        struct sockaddr_in6 inet6;
        struct sockaddr_un local;
    };
    socklen_t length; /* of the one that it is */
};

/* Finds the address that the options mean; the first, if the host has several. Asks the resolver,
 * which may take seconds, unless the host is a number. Returns 0, or -1 with `err` filled. */
int socket_address_find(const struct socket_options *options, struct socket_address *address,
                        struct ph_error *err);

/* Reads the address that `fd` is bound to, with the port that the kernel chose. Returns 0, or -1
 * with PH_SYSTEM. */
int socket_address_read(int fd, struct socket_address *address, struct ph_error *err);

/* Returns the number of the host, which the caller frees; NULL for a path. */
char *socket_address_host(const struct socket_address *self);

/* Returns the port, 0 for a path. */
int socket_address_port(const struct socket_address *self);

/* Returns "127.0.0.1:80", "[::1]:80" or "'PATH'", for people. The caller frees it. */
char *socket_address_text(const struct socket_address *self);
