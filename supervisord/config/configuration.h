/* configuration.h - a configuration file, read and checked as a whole. */
#pragma once

#include "../socket/options.h"
#include "circus_daemon.h"
#include "notices.h"
#include "problems.h"
#include "schema.h"
#include "surroundings.h"

struct configuration {
    struct settings settings;
    struct watcher_options *watchers; /* in the order of the file */
    size_t watcher_count;
    struct socket_options *sockets; /* in the order of the file */
    size_t socket_count;
    struct notices notices;  /* what is worth saying of it */
    struct circus_said said; /* by a file of Circus's; otherwise nothing */
};

enum configuration_dialect { DIALECT_PLUGHOST, DIALECT_CIRCUS };

/* Reads a file, and those that it includes. Returns 0, or -1 with at least one problem; then `self`
 * is empty. */
int configuration_read(struct configuration *self, const char *path,
                       enum configuration_dialect dialect, struct problems *problems);

/* The same for text that is there already; no other file is read. */
int configuration_parse(struct configuration *self, const char *text, size_t size,
                        struct problems *problems);

/* The same for text of Circus's. */
int configuration_parse_circus(struct configuration *self, const char *text, size_t size,
                               struct problems *problems);

/* Makes the options of one more watcher for a running daemon, as from a section [watcher:NAME] with
 * these keys and values, or [plugin:NAME] for a name "plugin:NAME". Returns 0, or -1 with at least
 * one problem, of line 0; then `self` is empty. `problems` must be empty before. */
int configuration_make_watcher(struct watcher_options *self, const char *name,
                               const struct pairs *options, const struct surroundings *surroundings,
                               struct problems *problems);

/* Frees the watchers: for when all were taken over. */
void configuration_drop_watchers(struct configuration *self);

/* Frees what the members point to. Watchers and sockets that were taken over must have been
 * zeroed. */
void configuration_release(struct configuration *self);
