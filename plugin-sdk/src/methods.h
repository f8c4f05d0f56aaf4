/* methods.h - what a plugin offers to others: the table of its module, and what it added. */
#pragma once

#include <plughost/method.h>

typedef struct methods methods_t;

methods_t *methods_new(void);
void methods_destroy(methods_t **self_p);

/* Checks name, function, summary and arguments. Returns 0, or -1 with PH_INVALID. */
int methods_check(const struct ph_method *method, struct ph_error *err);

/* Checks a module's table, which ends with a row without a name or is NULL: each method, and that
 * no name is there twice. */
int methods_check_table(const struct ph_method *table, struct ph_error *err);

/* Adds a method, or replaces the one of that name. The struct is copied. */
void methods_put(methods_t *self, const struct ph_method *method);

/* Returns the method of that name, or NULL. It holds until the next methods_put. */
const struct ph_method *methods_find(const methods_t *self, const char *name);

/* Adds the list `methods` to a map. */
void methods_write(const methods_t *self, ph_writer_t *map);

/* Adds `name`, `summary` and `args` of one method to a map. */
void methods_write_one(const struct ph_method *method, ph_writer_t *map);

/* Returns the word of a type, such as "text". */
const char *methods_type_name(enum ph_argument_type type);
