/* progress_lines.h - a line for each watcher on stderr: drawn in place on a terminal, else a new
 * one whenever a status changes. */
#pragma once

#include <plughost/value.h>

typedef struct progress_lines progress_lines_t;

/* What is on its way when it is first seen is so since `began_ms`, of the monotonic clock. The
 * caller owns the result. */
progress_lines_t *progress_lines_new(int64_t began_ms);

/* Frees `*self_p` and sets it to NULL; what is drawn stays. `*self_p` may be NULL. */
void progress_lines_destroy(progress_lines_t **self_p);

/* Shows the `watchers` of a status reply, on a terminal as many as its window has room for and a
 * line about the others. */
void progress_lines_show(progress_lines_t *self, const ph_value_t *watchers);

/* Erases what is drawn on a terminal. The cursor stands in the first column all the time, so that a
 * program that is killed in between leaves the terminal as it should be. */
void progress_lines_clear(progress_lines_t *self);

/* Says whether the lines stay, because there is no terminal to erase them from. */
bool progress_lines_are_kept(const progress_lines_t *self);
