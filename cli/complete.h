/* complete.h - what can stand next on a command line.
 *
 * Words and options come from the tables, names and process ids from the daemon. One that does not
 * answer at once has none. */
#pragma once

#include "options.h"

struct candidate {
    char *text;          /* where it ends with "=", the word goes on */
    const char *summary; /* "" for none */
};

struct candidates {
    struct candidate *items; /* in the order in which they are to be shown */
    size_t count;
};

/* Finds what the word that begins with `beginning` can be, behind the `count` words that stand
 * before it, the name of the program not counted. `defaults` says which daemon is asked, unless the
 * words do. `*self` must be empty. */
void complete_find(struct candidates *self, const struct options *defaults,
                   const char *const *words, size_t count, const char *beginning);

/* Returns the length of what all texts begin with. */
size_t complete_common(const struct candidates *self);

/* Frees what was found. */
void complete_release(struct candidates *self);
