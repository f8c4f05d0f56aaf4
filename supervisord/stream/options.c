#include "options.h"

#include "../text.h"
#include "lines.h"
#include "rotation.h"

#include <nearest.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BACKUPS = 10000 }; /* so many files are renamed in a few hundredths of a second */

static const char *const class_names[] = {
    [STREAM_FILE] = "FileStream",
    [STREAM_WATCHED_FILE] = "WatchedFileStream",
    [STREAM_TIMED_FILE] = "TimedRotatingFileStream",
    [STREAM_STDOUT] = "StdoutStream",
    [STREAM_FANCY_STDOUT] = "FancyStdoutStream",
    [STREAM_SYSLOG] = "SyslogStream",
    [STREAM_JOURNAL] = "JournalStream",
    [STREAM_NULL] = "NullStream",
};

/* In the order of their numbers. */
static const char *const color_names[] = {"black", "red",     "green", "yellow",
                                          "blue",  "magenta", "cyan",  "white"};

enum {
    CLASS_COUNT = sizeof class_names / sizeof class_names[0],
    COLOR_COUNT = sizeof color_names / sizeof color_names[0],
};

void stream_options_release(struct stream_options *self)
{
    free(self->filename);
    free(self->time_format);
    free(self->rotate_when);
    free(self->color);
}

bool stream_options_are_same(const struct stream_options *self, const struct stream_options *other)
{
    return self->class == other->class && self->max_bytes == other->max_bytes &&
           self->backup_count == other->backup_count && self->utc == other->utc &&
           self->rotate_interval == other->rotate_interval &&
           text_is_same(self->filename, other->filename) &&
           text_is_same(self->time_format, other->time_format) &&
           text_is_same(self->rotate_when, other->rotate_when) &&
           text_is_same(self->color, other->color);
}

enum stream_class stream_options_class(const struct stream_options *self)
{
    if (self->class == STREAM_DEFAULT && self->filename)
        return STREAM_FILE;
    return self->class;
}

static int check_file(const struct stream_options *self, enum stream_class class,
                      struct ph_error *err)
{
    if (!self->filename || !*self->filename)
        return ph_error_set(err, PH_INVALID, "%s needs a filename", class_names[class]);
    if (self->max_bytes < 0)
        return ph_error_set(err, PH_INVALID, "max_bytes must not be negative");
    if (self->backup_count < 0 || self->backup_count > MAX_BACKUPS)
        return ph_error_set(err, PH_INVALID, "backup_count must be from 0 to %d", MAX_BACKUPS);
    if (class != STREAM_TIMED_FILE)
        return 0;
    struct rotation rotation;
    return rotation_parse(&rotation, self, err);
}

int stream_options_check(const struct stream_options *self, struct ph_error *err)
{
    char stamp[LINES_STAMP_SIZE];
    enum stream_class class = stream_options_class(self);
    if (self->time_format && *self->time_format &&
        !lines_stamp(self->time_format, self->utc, 0, stamp))
        return ph_error_set(err, PH_INVALID, "time_format '%s' makes no text, or too much of it",
                            self->time_format);
    if (self->color && stream_color_parse(self->color, err) < 0)
        return -1;
    if (class == STREAM_FILE || class == STREAM_WATCHED_FILE || class == STREAM_TIMED_FILE)
        return check_file(self, class, err);
    return 0;
}

static int find(const char *const *names, int count, const char *word, const char *what,
                struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (int i = 0; i < count; i++) {
        if (!names[i])
            continue;
        if (strcmp(word, names[i]) == 0)
            return i;
        ph_nearest_consider(&nearest, word, names[i]);
    }
    ph_error_set(err, PH_INVALID, "unknown %s '%s'", what, word);
    return nearest.name ? ph_error_hint(err, "did you mean '%s'?", nearest.name) : -1;
}

int stream_class_parse(const char *word, enum stream_class *class, struct ph_error *err)
{
    static const char module[] = "circus.stream.";
    if (strncmp(word, module, sizeof module - 1) == 0)
        word += sizeof module - 1;
    int found = find(class_names, CLASS_COUNT, word, "stream class", err);
    if (found < 0)
        return -1;
    *class = (enum stream_class)found;
    return 0;
}

const char *stream_class_name(enum stream_class class)
{
    return class_names[class];
}

int stream_color_parse(const char *word, struct ph_error *err)
{
    return find(color_names, COLOR_COUNT, word, "color", err);
}
