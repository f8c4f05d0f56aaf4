/* options_table.h - a module's table of options: is it sound, and do the values fit it? */
#pragma once

#include <plughost/option.h>
#include <plughost/value.h>

/* A table ends with a row without a name. NULL is a table that accepts everything. */

/* Checks the table itself: names, types, ranges, choices, and that the fallbacks fit. Returns 0, or
 * -1 with PH_INVALID: a mistake of the module's author. */
int options_table_check(const struct ph_option *table, struct ph_error *err);

/* Checks a map of texts (NULL: empty) against the table: what is required, what is not known, and
 * each value. Returns 0, or -1 with PH_INVALID. */
int options_table_check_values(const struct ph_option *table, const ph_value_t *values,
                               struct ph_error *err);

/* Returns what the table says for an option that is not set, or NULL. */
const char *options_table_fallback(const struct ph_option *table, const char *name);

/* Adds the list `options` to a map. */
void options_table_write(const struct ph_option *table, ph_writer_t *map);
