/* logfiles.h - the files in use, by path: who names the same file shares it, so that only one sets
 * it aside. */
#pragma once

#include "logfile.h"

/* Somebody who writes to a file. Zero it before use; it must not move while it has one. */
struct logfile_user {
    logfile_t *file; /* NULL: none */
    struct logfile_limits limits;
    struct logfile_user *next; /* of those whose limits count */
};

/* Zero it before use. */
struct logfiles {
    struct logfile_use {
        logfile_t *file;
        size_t holders;
        struct logfile_user *first; /* whose limits count; who came last comes first */
    } * items;
    size_t count;
};

/* Gives `user` the file that `options` name, opened if it was not; it goes on being set aside as
 * before. Return it with logfiles_close. Returns 0; or -1 with `err` filled, as logfile_new does,
 * and nothing to return. */
int logfiles_open(struct logfiles *self, const struct stream_options *options,
                  const struct loss_listener *listener, struct logfile_user *user,
                  struct ph_error *err);

/* From now on, and until it is returned, the limits of `user` count: a file is set aside as the
 * last of its users says who says anything of it. */
void logfiles_begin(struct logfiles *self, struct logfile_user *user);

/* Takes a file back. A user without one may be given. */
void logfiles_close(struct logfiles *self, struct logfile_user *user);

/* Opens every file again under its name. Returns 0, or -1 with `err` filled for the last that could
 * not be opened: its old file stays in use. */
int logfiles_reopen(struct logfiles *self, struct ph_error *err);

/* All files must have been given back. */
void logfiles_release(struct logfiles *self);
