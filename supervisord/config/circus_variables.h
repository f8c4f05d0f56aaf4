/* circus_variables.h - what Circus puts in place of $(circus.env.NAME) when it reads a file. */
#pragma once

#include <config/circus_ini.h>

/* The variables that sections give to one watcher, a later value in place of an earlier one. */
struct circus_env {
    const struct ph_circus_option **items; /* borrowed from the file */
    size_t count;
};

/* Finds the variables of [env] and then, in the order of the file, of the sections [env:PATTERN,
 * ...] of which a pattern matches the name; case counts. NULL for the name: those of [env] alone.
 */
void circus_env_find(struct circus_env *self, const struct ph_circus_ini *ini, const char *watcher);

void circus_env_release(struct circus_env *self);

/* Returns `text`, the value of one of these variables, or of the option of a section that has them,
 * with $(circus.env.NAME) and ((circus.env.NAME)) replaced; the caller frees it. NAME is looked up
 * in these variables, where $NAME in capitals is replaced too, and then in the daemon's. What is
 * not known stays as it is. */
char *circus_env_expand(const struct circus_env *self, const char *text);

/* The same for another name than "env.NAME": `arg` is the argument of `more`, which knows further
 * names, as for expand(). */
char *circus_env_expand_more(const struct circus_env *self, const char *text,
                             char *(*more)(void *arg, const char *name), void *arg);
