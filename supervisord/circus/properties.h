/* properties.h - reads the properties of a Circus request and writes those of ours. */
#pragma once

#include "command.h"

/* Writes what the table says into `call->translated`, and finds the watcher that it is about.
 * Returns 0, or -1 with Circus's words in `err`. */
int circus_properties_translate(const struct circus_command *command, struct circus_call *call,
                                struct ph_error *err);

/* Returns what Python takes a value for: nothing, 0, empty texts and lists are false. */
bool circus_truth(const ph_value_t *value);

/* Says whether a property is there. Python's None is a value for Circus, but means nothing there.
 */
bool circus_has(const ph_value_t *properties, const char *name);

/* Reads an integer, or the text of one. Returns 0, or -1. */
int circus_int(const ph_value_t *value, int64_t *number);
