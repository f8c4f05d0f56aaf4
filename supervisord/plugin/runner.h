/* runner.h - what is executed for a plugin, by the kind of module that its option `use` names. */
#pragma once

#include <stdbool.h>

/* What stands before the name of a module in Python: `use = python:MODULE.CLASS`. */
#define RUNNER_PYTHON "python:"

typedef struct runner runner_t;

/* Finds what runs plugins from `bin`, the folder of the daemon's program, which is copied. The
 * caller owns the result. */
runner_t *runner_new(const char *bin);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void runner_destroy(runner_t **self_p);

/* Says whether a module is a class in Python. */
bool runner_is_python(const char *use);

/* Returns the words to execute for the module `use` of the plugin `name` (without "plugin:"), ended
 * by NULL, which words_destroy frees. A first word without '/' is to be looked up in the child's
 * PATH, so that a virtualenv counts. */
char **runner_words(const runner_t *self, const char *use, const char *name);

/* Returns the folder that has to come first in the child's PYTHONPATH, or NULL: the module is none
 * in Python, or the package is not beside the daemon and Python must find it by itself. It belongs
 * to `self`. */
const char *runner_python_path(const runner_t *self, const char *use);
