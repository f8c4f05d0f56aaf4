/* configuration.h - a configuration file, read and checked as a whole. */
#pragma once

#include "../socket/options.h"
#include "circus_daemon.h"
#include "notices.h"
#include "problems.h"
#include "schema.h"
#include "surroundings.h"
#include "tree.h"

enum configuration_dialect { DIALECT_PLUGHOST, DIALECT_CIRCUS };

struct configuration {
    char *path;                         /* an absolute path; NULL: it was not a file */
    enum configuration_dialect dialect; /* that the file is in */
    char *overlay;                      /* the path of its overlay, or NULL */
    struct settings settings;
    struct watcher_options *watchers; /* in the order of the file */
    size_t watcher_count;
    struct socket_options *sockets; /* in the order of the file */
    size_t socket_count;
    struct notices notices;  /* what is worth saying of it */
    struct circus_said said; /* by a file of Circus's; otherwise nothing */
};

/* Changes what stands in the files before it is understood. */
struct configuration_change {
    void (*change)(void *arg, config_t *tree);
    void *arg;
};

/* Reads a file, and those that it includes; `change` may be NULL. Returns 0, or -1 with at least
 * one problem; then `self` is empty. */
int configuration_read(struct configuration *self, const char *path,
                       enum configuration_dialect dialect,
                       const struct configuration_change *change, struct problems *problems);

/* Reads the files of one that was read before as if its overlay held that text. */
int configuration_read_with(struct configuration *self, const struct configuration *running,
                            const char *overlay, struct problems *problems);

/* The same for text that is there already; no other file is read. */
int configuration_parse(struct configuration *self, const char *text, size_t size,
                        struct problems *problems);

/* The same for text of Circus's. */
int configuration_parse_circus(struct configuration *self, const char *text, size_t size,
                               struct problems *problems);

/* What the options of one watcher are made from, all borrowed: a section [watcher:NAME], or
 * [plugin:NAME] for a name "plugin:NAME", and what sections [env:PATTERN] give it, or NULL. */
struct watcher_source {
    const char *name;
    bool is_added;   /* by a command: no configuration has it */
    bool is_program; /* also where it has the name of a plugin, see circus_plugin.h */
    const struct written_list *written;
    const struct written_list *variables;
};

/* Makes the options of one watcher for a running daemon: of one more, or of one that is there with
 * other options. Returns 0, or -1 with at least one problem; then `self` is empty. `problems` must
 * be empty before. */
int configuration_make_watcher(struct watcher_options *self, const struct watcher_source *source,
                               const struct surroundings *surroundings, struct problems *problems);

/* Adds such a section to a tree and returns it. */
config_setting_t *configuration_add_watcher(config_t *tree, const struct watcher_source *source);

/* Frees the watchers: for when all were taken over. */
void configuration_drop_watchers(struct configuration *self);

/* Frees what the members point to. Watchers and sockets that were taken over must have been
 * zeroed. */
void configuration_release(struct configuration *self);
