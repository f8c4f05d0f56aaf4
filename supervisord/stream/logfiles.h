/* logfiles.h - the files in use, by path: who names the same file shares it, so that only one sets
 * it aside. */
#pragma once

#include "logfile.h"

/* Zero it before use. */
struct logfiles {
    struct logfile_use {
        logfile_t *file;
        unsigned users;
    } * items;
    size_t count;
};

/* Returns the file that `options` name, opened if it was not; the last who opens it says how it is
 * set aside. Give it back with logfiles_close. Returns NULL with `err` filled as logfile_new
 * does. */
logfile_t *logfiles_open(struct logfiles *self, const struct stream_options *options,
                         const struct loss_listener *listener, struct ph_error *err);

/* Gives a file back and sets `*file_p` to NULL. `*file_p` may be NULL. */
void logfiles_close(struct logfiles *self, logfile_t **file_p);

/* Opens every file again under its name. Returns 0, or -1 with `err` filled for the last that could
 * not be opened: its old file stays in use. */
int logfiles_reopen(struct logfiles *self, struct ph_error *err);

/* All files must have been given back. */
void logfiles_release(struct logfiles *self);
