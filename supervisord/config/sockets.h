/* sockets.h - [socket:NAME] sections, and whether watchers name sockets that are there. */
#pragma once

#include "../socket/options.h"
#include "problems.h"
#include "surroundings.h"
#include "tree.h"

/* Fills `self`, whose old contents do not count, from a section, and checks it. */
void socket_options_read(struct socket_options *self, const char *name,
                         const config_setting_t *section, struct problems *problems);

/* Checks the sockets that the options of a watcher name: stdin_socket and $(circus.sockets.NAME),
 * and that one which starts on demand has any. */
void sockets_check_use(const struct watcher_options *watcher, const config_setting_t *section,
                       const struct surroundings *surroundings, struct problems *problems);
