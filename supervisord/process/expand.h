/* expand.h - variables in commands, arguments, values and paths, filled in at each spawn.
 *
 * $(plughost.NAME) and ((plughost.NAME)) stand for the value of NAME, and so they do with circus in
 * place of plughost; $WID stands for $(plughost.wid). NAME has letters, digits, '_', '-' and dots.
 * Letters of either case are the same, but for what follows "env.". A value is not looked at again,
 * and it never parts a word: split first. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>

/* Returns the value of a name such as "wid", "env.HOME" or "sockets.web", which the caller of the
 * function frees; NULL: there is none. Names are in small letters, but for what follows "env.". */
typedef char *expand_lookup_fn(void *arg, const char *name);

/* Says whether there is anything to expand in a text, known or not. */
bool expand_uses(const char *text);

/* Returns the text with all values filled in, which the caller frees. What has no value stays as it
 * is written. */
char *expand(const char *text, expand_lookup_fn *lookup, void *arg);

/* Returns 0, or -1 with PH_NOT_FOUND that names the first variable without a value. */
int expand_check(const char *text, expand_lookup_fn *lookup, void *arg, struct ph_error *err);
