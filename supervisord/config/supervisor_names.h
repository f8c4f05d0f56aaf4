/* supervisor_names.h - what supervisord puts in place of %(NAME)s in the values of a file. */
#pragma once

#include "place.h"

#include <plughost/error.h>
#include <stdbool.h>

struct supervisor_names {
    const char *main_file; /* NULL: what is read is no file */
    const char *program;   /* these two NULL: it is about no program */
    const char *group;
    long number; /* of the process */
    long count;  /* of processes */
};

/* Says whether a text has the number of the process in it, so that each process has another. */
bool supervisor_names_has_number(const char *text);

/* Returns `text` with all names replaced, which the caller frees, or NULL with PH_INVALID for a
 * name that is not known, or a % that belongs to none. `place` is where the text stands. Where a
 * variable is looked up at each start, `is_late`, %(ENV_X)s becomes $(plughost.env.X); else it
 * becomes the value that X has now. */
char *supervisor_names_expand(const struct supervisor_names *self, const char *text,
                              struct place place, bool is_late, struct ph_error *err);
