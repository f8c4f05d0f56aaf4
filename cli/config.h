/* config.h - options as they are in use. */
#pragma once

#include <plughost/value.h>

/* Prints a map of options, sorted, one a line. */
void config_print_options(const ph_value_t *options);

/* Prints a reply to `config show` in the form of a configuration; with `has_origin` a comment says
 * of each option where it comes from. */
void config_print(const ph_value_t *reply, bool has_origin);
