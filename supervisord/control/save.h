/* save.h - what a command has set, kept for the next start. */
#pragma once

#include "command.h"

/* What is to be saved. Zero it before use. */
struct save {
    char *path;                 /* of the overlay; NULL: nothing is to be saved */
    char *text;                 /* that it shall hold */
    struct configuration files; /* as they then are */
};

/* Says whether a request to set `options` of a watcher asks for that, and whether it can be: only
 * what is in the configuration can be saved. Returns 0, or -1 with PH_CONFLICT. */
int save_check(const struct command_call *call, const watcher_t *watcher, struct ph_error *err);

/* Makes the overlay with the options of the request, if it asks for that; `properties` are those of
 * the request. Nothing is written. Returns 0, or -1 with `err` filled: the daemon could not start
 * with it, or would not find what was set. */
int save_prepare(struct save *self, const supervisor_t *supervisor, const watcher_t *watcher,
                 const ph_value_t *properties, struct ph_error *err);

/* Writes it. Returns 0, or -1 with `err` filled and the overlay as it was. */
int save_write(const struct save *self, struct ph_error *err);

/* Once it is written and what was set is in use: has each watcher know what the files say of it, so
 * that what is set from now on is compared with that. */
void save_note(const struct save *self, const supervisor_t *supervisor);

void save_release(struct save *self);
