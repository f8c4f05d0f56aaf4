#define PCRE2_CODE_UNIT_WIDTH 8
#include "match.h"

#include <alloc.h>
#include <fnmatch.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* A pattern from outside must not hold the daemon: names are short, so these are generous. */
enum { PATTERN_MAX_BYTES = 1000, MATCH_LIMIT = 20000, DEPTH_LIMIT = 1000, HEAP_LIMIT_KIB = 1024 };

struct match {
    char *pattern;
    bool (*fits)(const struct match *self, const char *name);
    pcre2_code *code; /* of a regular expression */
    pcre2_match_data *data;
    pcre2_match_context *limits;
};

static bool fits_simple(const struct match *self, const char *name)
{
    return strcasecmp(self->pattern, name) == 0;
}

static bool fits_glob(const struct match *self, const char *name)
{
    return fnmatch(self->pattern, name, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

static bool fits_regex(const struct match *self, const char *name)
{
    return pcre2_match(self->code, (PCRE2_SPTR)name, strlen(name), 0, 0, self->data,
                       self->limits) >= 0;
}

static int compile(struct match *self, struct ph_error *err)
{
    int number;
    size_t place;
    self->code =
        pcre2_compile((PCRE2_SPTR)self->pattern, PCRE2_ZERO_TERMINATED,
                      PCRE2_ANCHORED | PCRE2_CASELESS | PCRE2_NEVER_BACKSLASH_C | PCRE2_UTF,
                      &number, &place, NULL);
    if (!self->code) {
        char text[120] = "";
        pcre2_get_error_message(number, (PCRE2_UCHAR *)text, sizeof text);
        return ph_error_set(err, PH_INVALID,
                            "'%.100s' is not a regular expression: %s (behind %zu letters)",
                            self->pattern, text, place);
    }
    self->data = pcre2_match_data_create_from_pattern(self->code, NULL);
    self->limits = pcre2_match_context_create(NULL);
    if (!self->data || !self->limits)
        abort();
    pcre2_set_match_limit(self->limits, MATCH_LIMIT);
    pcre2_set_depth_limit(self->limits, DEPTH_LIMIT);
    pcre2_set_heap_limit(self->limits, HEAP_LIMIT_KIB);
    return 0;
}

static const struct {
    const char *name;
    bool (*fits)(const struct match *self, const char *name);
} methods[] = {{"simple", fits_simple}, {"glob", fits_glob}, {"regex", fits_regex}};

match_t *match_new(const char *method, const char *pattern, struct ph_error *err)
{
    ph_cleanup(match_destroy) match_t *self = ph_calloc(1, sizeof *self);
    self->pattern = ph_strdup(pattern);
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, method) == 0)
            self->fits = methods[i].fits;
    if (!self->fits) {
        ph_error_set(err, PH_INVALID, "unknown match method %.40s", method);
        ph_error_hint(err, "simple, glob or regex");
        return NULL;
    }
    if (strlen(pattern) > PATTERN_MAX_BYTES) {
        ph_error_set(err, PH_INVALID, "the pattern has more than the %d letters allowed",
                     PATTERN_MAX_BYTES);
        return NULL;
    }
    if (self->fits == fits_regex && compile(self, err) < 0)
        return NULL;
    return ph_steal(&self);
}

void match_destroy(match_t **self_p)
{
    match_t *self = *self_p;
    if (!self)
        return;
    pcre2_code_free(self->code);
    pcre2_match_data_free(self->data);
    pcre2_match_context_free(self->limits);
    free(self->pattern);
    free(self);
    *self_p = NULL;
}

bool match_fits(const match_t *self, const char *name)
{
    return self->fits(self, name);
}
