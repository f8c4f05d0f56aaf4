/* match.h - finds names by a pattern, as Circus does: small and large letters are the same. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>

typedef struct match match_t;

/* Takes a method: "simple" (the name itself), "glob" (*, ? and [...]) or "regex" (a regular
 * expression of PCRE2, which matches from the beginning of the name on), and the pattern, which is
 * copied. The caller owns the result. Returns NULL and PH_INVALID. */
match_t *match_new(const char *method, const char *pattern, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void match_destroy(match_t **self_p);

/* Says whether a name matches. What a regular expression does not find with a bounded effort does
 * not match. */
bool match_fits(const match_t *self, const char *name);
