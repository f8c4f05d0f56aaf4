/* spawn_names.h - what names such as $(circus.wid) stand for when a child is started. */
#pragma once

#include "../socket/share.h"
#include "options.h"

/* All is borrowed. */
struct spawn_names {
    const struct watcher_options *options;
    const struct socket_share *share; /* the sockets that the child inherits */
    int wid;
};

/* Returns the text with all names replaced that are known, which the caller frees. */
char *spawn_names_expand(const struct spawn_names *self, const char *text);

/* Returns the name of a socket that "sockets.NAME" asks for, a part of `name`; NULL: it asks for
 * something else. */
const char *spawn_names_socket(const char *name);
