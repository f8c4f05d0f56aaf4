/* log.h - a program's own log: lines with time and level, to standard error or a file. */
#pragma once

#include "alloc.h"

typedef struct ph_log ph_log_t;

/* Opens a log that keeps lines of `level` and above. `path` is copied; NULL or "-" means standard
 * error; a file is appended to and created with mode 0640. The caller owns the result. Returns NULL
 * and fills `err` when the file cannot be opened. */
ph_log_t *ph_log_new(const char *path, enum ph_log_level level, struct ph_error *err);

/* Closes the file, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void ph_log_destroy(ph_log_t **self_p);

/* Writes one line; control characters in the text are shown as '?', so nobody can forge a second
 * line, and what is longer than a few thousand letters is cut. Never waits: lines that a pipe or a
 * terminal does not take now are counted, and the count is written once it takes them again. `self`
 * may be NULL: nothing is written. */
void ph_log(ph_log_t *self, enum ph_log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Opens the file again under its name. Returns 0, or -1 with `err` filled: the old file stays in
 * use. */
int ph_log_reopen(ph_log_t *self, struct ph_error *err);

/* Makes standard output and error of this program, and so of its children, go to the log's file,
 * also after it was opened again. Nothing happens for a log on standard error. */
void ph_log_take_output(ph_log_t *self);

/* Returns the word of a level, such as "warning". */
const char *ph_log_level_name(enum ph_log_level level);

/* Finds a level by its word. Returns 0 with `*level` set, or -1 and PH_INVALID. */
int ph_log_level_parse(const char *word, enum ph_log_level *level, struct ph_error *err);
