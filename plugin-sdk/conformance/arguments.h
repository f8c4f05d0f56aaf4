/* arguments.h - reads the command line of plughost-conformance. */
#pragma once

#include "settings.h"

/* Fills `settings`, zeroed before; what it points to stays in `argv`. Returns 0, or -1 with
 * `err` filled. Call settings_release in both cases. */
int arguments_read(struct settings *settings, int argc, char **argv, struct ph_error *err);

/* Frees what arguments_read has allocated. */
void settings_release(struct settings *settings);

/* Prints a summary of the options. */
void arguments_print_usage(void);
