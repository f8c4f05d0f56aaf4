/* options.h - texts of a configuration as numbers and truth values. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Each reads the whole of `text` into `*value`. Returns 0, or -1 with PH_INVALID that names
 * `key`. */
int option_parse_int(const char *key, const char *text, int64_t *value, struct ph_error *err);
int option_parse_float(const char *key, const char *text, double *value, struct ph_error *err);
int option_parse_bool(const char *key, const char *text, bool *value, struct ph_error *err);
