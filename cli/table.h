/* table.h - a table with one row for each entry of a list. */
#pragma once

#include <plughost/value.h>

struct table_column {
    const char *title;
    int flags; /* of libsmartcols; SCOLS_FL_WRAP and _TRUNC count on a terminal only */

    /* The text is the one that an entry has for this key, or else what `cell` makes of the entry,
     * which the table frees. "" is shown as "-". */
    const char *key;
    char *(*cell)(const ph_value_t *entry, bool is_terminal);

    const char *(*colour)(const char *text); /* returns libsmartcols' name for it, or NULL */
};

/* Prints titles and rows to stdout. A terminal gets colours unless NO_COLOR is set, and at most its
 * width; anything else gets everything. */
void table_print(const struct table_column *columns, size_t count, const ph_value_t *entries);
