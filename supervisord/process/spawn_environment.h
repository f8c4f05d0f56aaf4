/* spawn_environment.h - the variables of a watcher's children: the daemon's, as far as they get
 * them, and the watcher's own. */
#pragma once

#include "environment.h"
#include "options.h"

/* Is made for each start: kept for each watcher it would be the larger part of its memory. The
 * caller owns the result. */
environment_t *spawn_environment_new(const struct watcher_options *options, bool is_hook);
