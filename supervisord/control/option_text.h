/* option_text.h - the value of an option in a request, as a configuration would have it. */
#pragma once

#include <plughost/value.h>

/* Returns text, numbers and booleans as they are written; an array as quoted words; a map as quoted
 * words KEY=VALUE. The caller frees it. Returns NULL for anything else, and for what has such a
 * thing in it. */
char *option_text_of(const ph_value_t *value);
