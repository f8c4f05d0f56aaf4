/* environment.h - the variables of a watcher's processes, made ready once for all spawns. */
#pragma once

#include <stddef.h>

/* Where programs are looked up without a PATH. */
#define ENVIRONMENT_DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

typedef struct environment environment_t;

/* Makes an empty one, which the caller owns. */
environment_t *environment_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void environment_destroy(environment_t **self_p);

/* Sets a variable; the first time it goes behind all others. Both texts are copied. `key` is not
 * empty and has no '='. */
void environment_set(environment_t *self, const char *key, const char *value);

/* Returns the value, which stays valid until the variable changes, or NULL. */
const char *environment_get(const environment_t *self, const char *key);

void environment_unset(environment_t *self, const char *key);

/* Adds one variable of the daemon's, or all of them (copy_env). What is set already stays, and what
 * the daemon has not stays unset. */
void environment_copy_one(environment_t *self, const char *key);
void environment_copy_daemon(environment_t *self);

/* Makes the programs in FOLDER/bin come first, as `activate` of a Python virtualenv does. */
void environment_use_virtualenv(environment_t *self, const char *folder);

/* Makes the list for a spawn, ended by NULL, which the caller frees, but not the texts in it: they
 * are borrowed. `extra`, ended by NULL, or NULL, holds more "KEY=VALUE" texts, each of which
 * replaces the variable of that name or is added at the end. */
const char **environment_to_envp(const environment_t *self, const char *const *extra);
