/* option_check.h - texts of a configuration as values of a plugin's options, which a table of
 * struct ph_option describes.
 *
 * What does not fit is refused with PH_INVALID that names the option and says what would fit. */
#pragma once

#include <plughost/option.h>
#include <stdint.h>

/* Each reads the whole of `text` into `*value`. Returns 0, or -1 with PH_INVALID that names
 * `key`. Numbers are decimal, without blanks; floats are finite and may have a point and an
 * exponent. */
int ph_option_parse_int(const char *key, const char *text, int64_t *value, struct ph_error *err);
int ph_option_parse_float(const char *key, const char *text, double *value, struct ph_error *err);
int ph_option_parse_bool(const char *key, const char *text, bool *value, struct ph_error *err);

/* Returns the word of a type, such as "text", or NULL for one that there is not. */
const char *ph_option_type_name(enum ph_option_type type);

/* Says whether numbers have a range. */
bool ph_option_has_range(const struct ph_option *option);

/* Returns the row of that name, or NULL. The table may be NULL. */
const struct ph_option *ph_option_find(const struct ph_option *table, const char *name);

/* Checks a value against the row of its option. Returns 0, or -1 with PH_INVALID. */
int ph_option_check_value(const struct ph_option *option, const char *text, struct ph_error *err);

/* Checks what is set for the option of that name, or that nothing is (NULL): whether the table
 * knows it, whether the value fits, whether it is required. A table that is NULL accepts
 * everything. Returns 0, or -1 with PH_INVALID. */
int ph_option_check(const struct ph_option *table, const char *name, const char *text,
                    struct ph_error *err);
