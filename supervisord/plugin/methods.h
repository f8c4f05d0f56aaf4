/* methods.h - what a plugin offers: its methods, with the arguments that they take. */
#pragma once

#include <plughost/value.h>

typedef struct methods methods_t;
typedef struct method method_t;

enum { METHODS_MAX = 1000 };

/* The caller owns the result. */
methods_t *methods_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void methods_destroy(methods_t **self_p);

/* Adds a method that a plugin describes by a map of name, summary and args, or replaces the one of
 * that name. Returns 0, or -1 with PH_INVALID that says what is wrong with it, or PH_BUSY when
 * there are too many. */
int methods_add(methods_t *self, const ph_value_t *description, struct ph_error *err);

/* As methods_add, for each of a list. */
int methods_add_all(methods_t *self, const ph_value_t *descriptions, struct ph_error *err);

/* Returns the method of that name, or NULL with PH_NOT_FOUND, in which `plugin` is named, and the
 * nearest name as hint. */
const method_t *methods_find(const methods_t *self, const char *plugin, const char *name,
                             struct ph_error *err);

/* Checks the arguments of an invocation, a map or NULL. `is_lenient`: those that it does not know
 * do not count. Returns 0, or -1 with PH_INVALID. */
int method_check(const method_t *self, const ph_value_t *args, bool is_lenient,
                 struct ph_error *err);

/* Writes those of the arguments that it knows into the open map. */
void method_write_known(const method_t *self, const ph_value_t *args, ph_writer_t *writer);

/* Writes each as a map into the open list; `plugin`, if not NULL, is written into each as well. */
void methods_write(const methods_t *self, const char *plugin, ph_writer_t *writer);
