/* ini_lines.h - the lines of an ini file, as far as libini_config needs help with them. */
#pragma once

#include "problems.h"

/* A text that lines are blanked in; a NUL that does not count stands behind it. All is borrowed. */
struct ini_lines {
    char *text;
    size_t size;
    const char *file; /* its name; NULL: the main one */
    struct problems *problems;
};

/* Looks for section headers. They are asked for in their order, so a search goes on where the last
 * one ended, and starts anew only if that finds nothing. Set `text`, zero the rest. */
struct ini_scan {
    const char *text;
    const char *at; /* NULL: at the end */
    unsigned line;
};

/* Returns the number, from 1, of the first line that is no UTF-8 text, or 0. */
unsigned ini_lines_find_bad(const char *text, size_t size);

/* Turns a bad line into a comment; a section with a bad header becomes one that is skipped, "?", so
 * that its options do not fall to the section before. */
void ini_lines_blank(struct ini_lines *self, unsigned number);

/* Refuses what the library would pass over in silence: names that it cannot hold, and options
 * before the first section, which it puts into one of its own. */
void ini_lines_check(struct ini_lines *self);

/* Returns the line of a section's header, or 0. */
unsigned ini_scan_find_header(struct ini_scan *self, const char *title);
