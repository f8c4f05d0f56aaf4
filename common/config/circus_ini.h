/* circus_ini.h - the syntax of Circus's ini files: text into sections with options.
 *
 * - `KEY = VALUE` or `KEY: VALUE`; keys and section names keep their case.
 * - A line that begins with `#`, `;` or the word `rem` is a comment; a `;` behind white space ends
 * a value, a `#` does not.
 * - A line that begins with white space continues the value above it, behind a newline.
 * - Quotes are kept, but a value that is exactly `""` is empty. Nothing is expanded.
 * - The first value of a key counts: in a section, in one that stands again, and over several
 * files.
 *
 * supervisord's files have the same syntax, but: `rem` is no comment, a line that is one may be
 * indented, ` #` ends a value as ` ;` does, also in a line that continues it; keys become small
 * letters; `""` stays; and the last value of a key counts. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>

struct ph_circus_option {
    char *key;
    char *value;      /* lines are parted by '\n' */
    const char *file; /* as given to ph_circus_ini_read; in it, the line of the key */
    unsigned line;
};

struct ph_circus_section {
    char *name;       /* "watcher:web": as written */
    const char *file; /* where it stands first */
    unsigned line;
    struct ph_circus_option *options; /* in the order of the files */
    size_t option_count;
};

/* A line that cannot be read; 0 stands for the whole file. */
struct ph_circus_mistake {
    const char *file;
    unsigned line;
    struct ph_error error;
};

/* Zero it before use. */
struct ph_circus_ini {
    bool is_supervisor;                 /* what is read is supervisord's; set it first */
    struct ph_circus_section *sections; /* in the order of the files */
    size_t section_count;
    struct ph_circus_mistake *mistakes;
    size_t mistake_count;
};

/* Reads one more text of `size` bytes. `file`, which is borrowed as long as `self` lives, names it.
 * Lines that cannot be read become mistakes; everything else is there all the same. */
void ph_circus_ini_read(struct ph_circus_ini *self, const char *file, const char *text,
                        size_t size);

/* Once all files are read: gives every section the keys of [DEFAULT] that it has not itself, behind
 * its own, and takes [DEFAULT] away. */
void ph_circus_ini_apply_defaults(struct ph_circus_ini *self);

/* Returns the section of that name, or NULL. */
const struct ph_circus_section *ph_circus_ini_section(const struct ph_circus_ini *self,
                                                      const char *name);

/* Returns the option of that name, or NULL. */
const struct ph_circus_option *ph_circus_section_option(const struct ph_circus_section *self,
                                                        const char *key);

/* Frees what the members point to. */
void ph_circus_ini_release(struct ph_circus_ini *self);
