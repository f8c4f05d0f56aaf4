/* logfile.h - a file that lines are appended to, set aside by size or time.
 *
 * It never fails for good: what cannot be written is lost and counted, and each write tries
 * again. */
#pragma once

#include "loss.h"
#include "options.h"
#include "rotation.h"

typedef struct logfile logfile_t;

/* When a file is set aside. */
struct logfile_limits {
    enum stream_class class;
    int64_t max_bytes; /* of STREAM_FILE; 0: never */
    int64_t backup_count;
    struct rotation rotation; /* of STREAM_TIMED_FILE */
};

/* Takes them from options that stream_options_check has passed. */
struct logfile_limits logfile_limits_of(const struct stream_options *options);

/* Opens the file that `options` name for appending and creates it with mode 0640 if it is missing;
 * what `options` point to is copied, the listener borrowed. A disk that is full, or a lack of
 * descriptors or memory, is no failure: it may pass. The caller owns the result. Returns NULL and
 * fills `err` when the file cannot be opened. */
logfile_t *logfile_new(const struct stream_options *options, const struct loss_listener *listener,
                       struct ph_error *err);

/* Closes the file, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void logfile_destroy(logfile_t **self_p);

/* It is set aside by other limits from now on. */
void logfile_configure(logfile_t *self, const struct logfile_limits *limits);

/* Appends a block. No line straddles two files, nor is joined with one that another stream left
 * unfinished. `block->time` is the time that rotation goes by. */
void logfile_write(logfile_t *self, const struct block *block);

/* Opens the file again under its name. Returns 0, or -1 with `err` filled: the old file stays in
 * use. */
int logfile_reopen(logfile_t *self, struct ph_error *err);

const char *logfile_path(const logfile_t *self);
