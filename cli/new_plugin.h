/* new_plugin.h - `plughostctl new-plugin`: writes the files of a plugin to begin with. */
#pragma once

#include "word.h"

/* Checks the name. Returns 0, or -1 with PH_INVALID and the usage as hint. */
int new_plugin_read(struct invocation *invocation, struct ph_error *err);

/* Writes the files into a folder that is missing or empty, and prints their names and what to type
 * next. `client` is not used. Returns 0; or -1 with PH_CONFLICT for a folder that holds something,
 * or with PH_SYSTEM, when nothing is left of what was written. */
int new_plugin_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
