/* save.h - what a command has set, kept for the next start. */
#pragma once

#include "command.h"

/* Says whether a request to set `options` of a watcher asks for that, and whether it can be: only
 * what is in the configuration can be saved. Returns 0, or -1 with PH_CONFLICT. */
int save_check(const struct command_call *call, const watcher_t *watcher, struct ph_error *err);

/* Writes the options of the request into the overlay, if it asks for that. Returns 0, or -1 with
 * `err` filled. `properties` are those of the request. */
int save_options(const supervisor_t *supervisor, const watcher_t *watcher,
                 const ph_value_t *properties, struct ph_error *err);
