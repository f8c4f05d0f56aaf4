/* plan_sockets.h - the sockets that are not as the configuration says. */
#pragma once

#include "../config/configuration.h"
#include "../config/diff.h"

/* Only new ones can be opened while the daemon runs. */
struct plan_socket {
    const struct socket_options *options; /* of `fresh`, if it is new; else NULL */
    char *name;
    char *why;
    struct changes changes;
};

/* Zero it before use. */
struct plan_sockets {
    struct plan_socket *items;
    size_t count;
};

/* Adds those that differ between what is in use and what was read, which is borrowed. */
void plan_sockets_find(struct plan_sockets *self, const struct configuration *running,
                       const struct configuration *fresh);

/* Returns the new ones in words, which the caller frees; NULL: there are none. */
char *plan_sockets_name_new(const struct plan_sockets *self);

void plan_sockets_release(struct plan_sockets *self);
