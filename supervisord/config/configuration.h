/* configuration.h - a configuration file, read and checked as a whole. */
#pragma once

#include "problems.h"
#include "schema.h"

struct configuration {
    struct settings settings;
    struct watcher_options *watchers; /* in the order of the file */
    size_t watcher_count;
};

/* Reads a file. Returns 0, or -1 with at least one problem; then `self` is empty. */
int configuration_read(struct configuration *self, const char *path, struct problems *problems);

/* The same for text that is there already. */
int configuration_parse(struct configuration *self, const char *text, size_t size,
                        struct problems *problems);

/* Frees what the members point to. Watchers that were taken over must have been zeroed. */
void configuration_release(struct configuration *self);
