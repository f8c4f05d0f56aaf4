/* pattern.h - a regular expression, which must fit from the beginning of a text, as Python's
 * re.match has it. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct pattern pattern_t;

struct pattern_spec {
    const char *option; /* for the message */
    const char *text;
    const char *group; /* the name of a group that it must have; NULL: none */
    bool ignores_case;
};

/* Compiles an expression. The caller owns the result. Returns NULL with PH_INVALID that says what
 * is wrong with it and where. */
pattern_t *pattern_new(const struct pattern_spec *spec, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void pattern_destroy(pattern_t **self_p);

/* Says whether a text of any bytes fits. One that takes too long to find out about does not. */
bool pattern_fits(pattern_t *self, const char *text, size_t size);

/* The same, and copies what the group has taken into `group`, cut at `group_size`. */
bool pattern_take(pattern_t *self, const char *text, size_t size, char *group, size_t group_size);
