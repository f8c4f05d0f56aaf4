/* schema.h - the table of options: what each is called, takes, means, and what a change of it
 * needs. */
#pragma once

#include "../process/options.h"

#include <plughost/error.h>
#include <plughost/value.h>
#include <stdio.h>

/* [plughost] and [circus]: the daemon itself. */
struct settings {
    struct written_list written;        /* its section */
    struct written_list circus_written; /* likewise, in [circus] */
    char *include, *include_dir;        /* as written */
    char *overlay;                      /* an absolute path, or NULL */
    char *run_dir;                      /* an absolute path */
    char *endpoint;
    char *pubsub_endpoint;
    char **plugin_path; /* folders, ended by NULL, or NULL */
    bool insecure_tcp;
    bool hup_reloads;          /* SIGHUP reloads all watchers, besides opening files again */
    int umask;                 /* -1: as it was when the daemon was started */
    int64_t warmup_delay_ms;   /* between the starts of two watchers */
    int64_t publish_max_bytes; /* of one event of an application */
    int64_t publish_rate;      /* events of one publisher a second; 0: any number */
    int64_t event_queue;       /* events that wait for one subscriber */
    bool circus_compat;        /* Circus's clients are served too, at these: */
    char *circus_endpoint;
    char *circus_pubsub_endpoint;
};

void settings_release(struct settings *self);

enum section_kind {
    SECTION_PLUGHOST = 1,
    SECTION_WATCHER = 2,
    SECTION_PLUGIN = 4,
    SECTION_SOCKET = 8,
    SECTION_ENV = 16, /* has no options in the table: its keys are variables */
    SECTION_CIRCUS = 32,
};

enum option_type {
    OPTION_TEXT,
    OPTION_NAME,     /* a text that is not empty */
    OPTION_PATH,     /* made absolute */
    OPTION_PATHS,    /* parted by ':' */
    OPTION_ENDPOINT, /* ipc:// or tcp:// */
    OPTION_WORDS,    /* split as a shell does */
    OPTION_NAMES,    /* parted by blanks or commas */
    OPTION_VARIABLES,
    OPTION_BOOL,
    OPTION_CHOICE, /* one of `choices`; kept as its number in an int */
    OPTION_COUNT,
    OPTION_SECONDS, /* kept in milliseconds */
    OPTION_SHARE,
    OPTION_BYTES,
    OPTION_OCTAL, /* kept in an int */
    OPTION_SIGNAL,
    OPTION_LIMIT,
    OPTION_STATUSES,
    OPTION_HOOK,
    OPTION_STREAM,
    OPTION_FAMILY,
    OPTION_SOCKET_TYPE,
};

struct option_spec {
    const char *name;
    unsigned sections; /* of enum section_kind */
    enum option_type type;
    size_t offset;              /* in struct settings, watcher_options or socket_options */
    double min, max;            /* of numbers, in the unit that is written */
    const char *const *choices; /* ended by NULL; of a yes or no: the words for no and yes */
    const char *fallback;       /* as it would be written; NULL: not set */
    const char *fallback_text;  /* for people, where `fallback` is NULL */
    int64_t unset;              /* what a whole number is where `fallback` is NULL */
    enum option_change { CHANGE_NOTHING, CHANGE_RESTART, CHANGE_DAEMON } change;
    bool is_required;
    const char *text; /* what it is for: lines of at most 90 letters */
};

/* Iterates over all options: the first for NULL, and NULL behind the last. */
const struct option_spec *option_next(const struct option_spec *previous);

/* Returns the option of that name that `kind` takes, or NULL with PH_NOT_FOUND and the nearest name
 * as hint. */
const struct option_spec *option_find(enum section_kind kind, const char *name,
                                      struct ph_error *err);

/* Says whether a key of a [watcher:NAME] section is a label: any text that somebody wants to keep.
 */
bool option_is_label(const char *key);

/* Reads `text` into the member of `target` that the option stands for. Returns 0, or -1 with
 * PH_INVALID that names the option, the value and what is accepted. */
int option_parse(const struct option_spec *self, const char *text, void *target,
                 struct ph_error *err);

/* Says whether two structs have the same in the member that the option stands for. */
bool option_is_same(const struct option_spec *self, const void *a, const void *b);

/* Writes what the option is in `target`, under its name: a number in the unit that is written, a
 * boolean, a map of variables, a text, and everything else as it is `written`; nil: it is not set.
 */
void option_write(const struct option_spec *self, const void *target, const char *written,
                  ph_writer_t *out);

/* Takes the text away that an option without a default has in `target`; nothing for others. */
void option_unset(const struct option_spec *self, void *target);

/* Sets all options of a kind to their defaults. */
void options_set_defaults(enum section_kind kind, void *target);

/* Returns what an option of that type and range takes, in words, which the caller frees. */
char *option_accepts(const struct option_spec *self);

/* Writes a configuration file in which every option stands, explained and commented out. */
void options_print_help(FILE *out);
