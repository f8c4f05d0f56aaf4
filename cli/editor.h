/* editor.h - lines typed at a terminal: editing, history, completion.
 *
 * Ctrl-C abandons a line, the tab key completes a word. What the user has in ~/.editrc counts. */
#pragma once

#include "options.h"

typedef struct editor editor_t;

/* Takes stdin and stdout, which are a terminal that can move its cursor. `options` says which
 * daemon is asked for names, and must live as long. That there will be no history is said on
 * stderr. The caller owns the result. */
editor_t *editor_new(const struct options *options);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void editor_destroy(editor_t **self_p);

/* Returns the next line without its end, "" when it was abandoned, NULL when there will be none. It
 * holds until the next call; `prompt` is copied. */
const char *editor_read(editor_t *self, const char *prompt);

/* Keeps a line for later, unless it begins with a blank or is the last one again. */
void editor_remember(editor_t *self, const char *line);
