/* surroundings.h - what the options of a watcher may name: other watchers, and sockets. */
#pragma once

#include "../process/options.h"
#include "../socket/options.h"

#include <stddef.h>

/* All borrowed. */
struct surroundings {
    const struct watcher_options *const *watchers;
    size_t watcher_count;
    const struct socket_options *sockets;
    size_t socket_count;
};
