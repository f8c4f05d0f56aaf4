/* options.h - options of watchers as Circus's add and set have them: values of JSON. */
#pragma once

#include "command.h"

/* Checks options and writes them as the map `options` of our commands. `options` may be NULL.
 * Returns 0, or -1 with Circus's words in `err`. */
int circus_options_write(struct circus_call *call, const ph_value_t *options, struct ph_error *err);
