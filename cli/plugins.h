/* plugins.h - what plughostctl prints of plugins: what they are, offer, answer and measure. */
#pragma once

#include <plughost/value.h>

/* Prints the result of a method: a map field by field, nothing for nil, a text as it is, any other
 * value as JSON. */
void plugins_print_result(const ph_value_t *result);

/* Prints a table of the `methods` of a reply. */
void plugins_print_methods(const ph_value_t *methods);

/* Prints the reply to `describe`. */
void plugins_print_description(const ph_value_t *reply);

/* Prints a table of the `metrics` of a reply. */
void plugins_print_metrics(const ph_value_t *metrics);
