/* options.h - what the configuration says of one listening socket. */
#pragma once

#include "../process/written.h"

#include <plughost/error.h>
#include <stdbool.h>
#include <stdint.h>

struct socket_options {
    char *name;
    struct written_list written; /* its section */
    char *host;                  /* a name or a number; "" is every address of this machine */
    int64_t port;                /* 0: the kernel chooses one */
    char *path;                  /* of AF_UNIX, else NULL */
    char *interface;             /* the only one that it listens on, or NULL */
    int family;                  /* AF_INET, AF_INET6 or AF_UNIX */
    int type;                    /* SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET */
    int umask;                   /* while the path is made; -1: the daemon's */
    int64_t backlog;
    bool so_reuseport; /* every process has a socket of its own at the same address */
    bool blocking;
    bool replace; /* take a path from the program that listens there */
};

/* Makes a copy of everything; socket_options_release frees it. */
struct socket_options socket_options_copy(const struct socket_options *self);

/* Frees what the members point to. */
void socket_options_release(struct socket_options *self);

/* Once all options of a socket are read: a path makes its family AF_UNIX, and options that do not
 * go together are refused. Returns 0, or -1 with PH_INVALID. */
int socket_options_settle(struct socket_options *self, struct ph_error *err);

/* Read a word of either case such as "AF_INET" or "SOCK_STREAM". Return 0, or -1 with PH_INVALID
 * and a hint. */
int socket_family_parse(const char *word, int *family, struct ph_error *err);
int socket_type_parse(const char *word, int *type, struct ph_error *err);

/* Reads an octal umask, 0 to 777. Returns 0, or -1 with PH_INVALID. */
int socket_umask_parse(const char *text, int *mask, struct ph_error *err);
