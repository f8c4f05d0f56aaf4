/* schema.h - the one table of options: what each is called, takes, means, and what a change of it
 * needs. */
#pragma once

#include "../process/options.h"

#include <plughost/error.h>
#include <stdio.h>

/* [plughost]: the daemon itself. */
struct settings {
    char *run_dir; /* an absolute path */
    char *endpoint;
    char *pubsub_endpoint;
    char **plugin_path; /* folders, ended by NULL, or NULL */
    bool insecure_tcp;
};

void settings_release(struct settings *self);

enum section_kind {
    SECTION_PLUGHOST = 1,
    SECTION_WATCHER = 2,
    SECTION_PLUGIN = 4,
    SECTION_ENV = 8, /* has no options in the table: its keys are variables */
};

struct option_spec {
    const char *name;
    unsigned sections; /* of enum section_kind */
    enum option_type {
        OPTION_TEXT,
        OPTION_PATH,     /* made absolute */
        OPTION_PATHS,    /* parted by ':' */
        OPTION_ENDPOINT, /* ipc:// or tcp:// */
        OPTION_WORDS,    /* split as a shell does */
        OPTION_BOOL,
        OPTION_COUNT,
        OPTION_SECONDS, /* kept in milliseconds */
        OPTION_SHARE,
        OPTION_SIGNAL,
    } type;
    size_t offset;             /* in struct settings or struct watcher_options */
    double min, max;           /* of numbers, in the unit that is written */
    const char *fallback;      /* as it would be written; NULL: not set */
    const char *fallback_text; /* for people, where `fallback` is NULL */
    enum option_change { CHANGE_NOTHING, CHANGE_RESTART, CHANGE_DAEMON } change;
    bool is_required;
    const char *text; /* what it is for: lines of at most 90 letters */
};

/* The table, ended by a row without a name. */
extern const struct option_spec option_specs[];

/* Returns the option of that name that `kind` takes, or NULL with PH_NOT_FOUND and the nearest name
 * as hint. */
const struct option_spec *option_find(enum section_kind kind, const char *name,
                                      struct ph_error *err);

/* Reads `text` into the member of `target` that the option stands for. Returns 0, or -1 with
 * PH_INVALID that names the option, the value and what is accepted. */
int option_parse(const struct option_spec *self, const char *text, void *target,
                 struct ph_error *err);

/* Sets all options of a kind to their defaults. */
void options_set_defaults(enum section_kind kind, void *target);

/* Writes a configuration file in which every option stands, explained and commented out. */
void options_print_help(FILE *out);
