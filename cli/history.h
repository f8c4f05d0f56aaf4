/* history.h - the lines that were typed before, kept in a file.
 *
 * Each line is added as it is typed, so that several shells can have the file open; it is cut when
 * it is opened. */
#pragma once

#include <plughost/error.h>

typedef struct history_file history_file_t;

enum { HISTORY_MAX_LINES = 1000 };

/* Returns $XDG_STATE_HOME/plughost/history, or that below ~/.local/state; NULL: neither is known.
 * The caller frees it. */
char *history_default_path(void);

/* Reads a file, which may be missing, calls `take` for each of its last lines, and makes file and
 * folder with the modes 0600 and 0700. More than HISTORY_MAX_LINES lines are cut away. The caller
 * owns the result. Returns NULL with `err` filled when the file cannot be used. */
history_file_t *history_open(const char *path, void (*take)(void *arg, const char *line), void *arg,
                             struct ph_error *err);

/* Closes the file, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void history_close(history_file_t **self_p);

/* Adds a line at the end. Returns 0, or -1 with `err` filled. */
int history_add(history_file_t *self, const char *line, struct ph_error *err);
