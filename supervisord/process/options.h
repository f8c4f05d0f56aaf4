/* options.h - what the configuration says of one watcher. */
#pragma once

#include "backoff.h"

#include <stddef.h>

enum watcher_kind { WATCHER_PROGRAM, WATCHER_PLUGIN };

/* One key of a [plugin:NAME] section that is the plugin's own, or one variable. */
struct pair {
    char *key;
    char *value;
};

struct pairs {
    struct pair *items;
    size_t count;
};

struct watcher_options {
    enum watcher_kind kind;
    char *name;        /* "plugin:NAME" for a plugin */
    char **cmd;        /* words, ended by NULL; NULL for a plugin */
    char **args;       /* more words, or NULL */
    char *working_dir; /* or NULL */
    int64_t numprocesses;
    bool autostart;
    int stop_signal;
    int64_t graceful_timeout_ms;
    struct backoff_policy restart;
    struct pairs env;    /* set over the daemon's environment */
    char *use;           /* a plugin's module */
    struct pairs option; /* a plugin's own options, in their order */
};

/* Appends a copy of key and value; pairs_set replaces the value of a key that is there. */
void pairs_add(struct pairs *self, const char *key, const char *value);
void pairs_set(struct pairs *self, const char *key, const char *value);
void pairs_release(struct pairs *self);

/* Frees what the members point to. */
void watcher_options_release(struct watcher_options *self);

/* Frees a list of words, ended by NULL, and sets it to NULL. */
void words_destroy(char ***words_p);
