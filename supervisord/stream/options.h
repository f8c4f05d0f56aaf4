/* options.h - what the configuration says of one stream of a watcher: where its output goes. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stdint.h>

enum stream_class {
    STREAM_DEFAULT,      /* not set: a file if there is a filename, else the daemon's own */
    STREAM_FILE,         /* set aside by size */
    STREAM_WATCHED_FILE, /* opened again when something else moved it */
    STREAM_TIMED_FILE,   /* set aside by time */
    STREAM_STDOUT,       /* the daemon's standard output */
    STREAM_FANCY_STDOUT, /* the same, with the time */
    STREAM_SYSLOG,
    STREAM_JOURNAL,
    STREAM_NULL, /* nowhere */
};

/* Zero it before use. */
struct stream_options {
    enum stream_class class;
    char *filename;          /* of a file; for syslog and journal the socket, NULL: the usual */
    int64_t max_bytes;       /* of STREAM_FILE; 0: it is never set aside */
    int64_t backup_count;    /* how many old files are kept; 0: STREAM_FILE is never set aside,
                              * STREAM_TIMED_FILE keeps them all */
    char *time_format;       /* as of strftime, and %f for microseconds; or NULL */
    char *rotate_when;       /* of STREAM_TIMED_FILE: S, M, H, D, W0 to W6, MIDNIGHT; NULL: H */
    int64_t rotate_interval; /* how many of these; 0 means 1 */
    bool utc;                /* days begin, and times are written, in UTC */
    char *color;             /* of the daemon's output; NULL: picked by the watcher's name */
};

/* Frees what the members point to. */
void stream_options_release(struct stream_options *self);

/* Says whether two say the same. */
bool stream_options_are_same(const struct stream_options *self, const struct stream_options *other);

/* Returns the class, with STREAM_DEFAULT resolved for those that have a filename. */
enum stream_class stream_options_class(const struct stream_options *self);

/* Says whether the members fit together. Returns 0, or -1 with PH_INVALID. Touches no file. */
int stream_options_check(const struct stream_options *self, struct ph_error *err);

/* Finds a class by its name: "FileStream", or "circus.stream.FileStream". Returns 0 with `*class`
 * set, or -1 with PH_INVALID and the nearest name as hint. */
int stream_class_parse(const char *word, enum stream_class *class, struct ph_error *err);

/* Returns the name of a class, such as "FileStream"; NULL for STREAM_DEFAULT. */
const char *stream_class_name(enum stream_class class);

/* Returns the number, 0 to 7, that terminals know a colour by, or -1 with PH_INVALID and the
 * nearest name as hint. */
int stream_color_parse(const char *word, struct ph_error *err);
