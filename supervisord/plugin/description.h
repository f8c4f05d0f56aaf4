/* description.h - what a plugin says of itself: in its hello, and by the methods that it offers. */
#pragma once

#include "methods.h"

typedef struct description description_t;

/* What a plugin may say beside its methods: options, and bytes of memory of all of it. The second
 * has room for a thousand short options, or some hundreds with everything about them. */
enum { DESCRIPTION_MAX_OPTIONS = 1000, DESCRIPTION_MAX_BYTES = 256 << 10 };

/* Keeps of the properties of a hello what people may see, not the token. Takes `*methods_p` and
 * sets it to NULL, if it succeeds. The caller owns the result. Returns NULL with PH_INVALID when it
 * is too much. */
description_t *description_new(const ph_value_t *hello, methods_t **methods_p,
                               struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void description_destroy(description_t **self_p);

/* Returns a value of the hello, such as "version", or NULL. */
const ph_value_t *description_get(const description_t *self, const char *key);

/* Returns its methods, which belong to it. */
methods_t *description_methods(const description_t *self);
