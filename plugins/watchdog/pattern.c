#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <inttypes.h>
#include <pcre2.h>
#include <plugin_memory.h>
#include <stdlib.h>
#include <string.h>

/* Bounds what a hostile text can make of a careless expression: some milliseconds. */
enum { MATCH_LIMIT = 100000 };

struct pattern {
    pcre2_code *code;
    pcre2_match_context *context;
    pcre2_match_data *data;
    int group; /* its number; 0: the whole */
};

static int refuse(const struct pattern_spec *spec, int code, size_t offset, struct ph_error *err)
{
    char reason[120] = "";
    pcre2_get_error_message(code, (PCRE2_UCHAR *)reason, sizeof reason);
    return ph_error_set(err, PH_INVALID, "option '%s': '%.160s' does not compile: %s (at %zu)",
                        spec->option, spec->text, reason, offset);
}

static int find_group(pattern_t *self, const struct pattern_spec *spec, struct ph_error *err)
{
    if (!spec->group)
        return 0;
    self->group = pcre2_substring_number_from_name(self->code, (PCRE2_SPTR)spec->group);
    if (self->group > 0)
        return 0;
    return ph_error_set(err, PH_INVALID, "option '%s': '%.160s' has no group (?P<%s>...)",
                        spec->option, spec->text, spec->group);
}

pattern_t *pattern_new(const struct pattern_spec *spec, struct ph_error *err)
{
    int code;
    size_t offset;
    uint32_t flags = PCRE2_ANCHORED | (spec->ignores_case ? PCRE2_CASELESS : 0);
    pattern_t *self = memory_new(sizeof *self);
    self->code =
        pcre2_compile((PCRE2_SPTR)spec->text, PCRE2_ZERO_TERMINATED, flags, &code, &offset, NULL);
    if (!self->code)
        refuse(spec, code, offset, err);
    if (!self->code || find_group(self, spec, err) < 0) {
        pattern_destroy(&self);
        return NULL;
    }
    self->context = pcre2_match_context_create(NULL);
    self->data = pcre2_match_data_create_from_pattern(self->code, NULL);
    if (!self->context || !self->data)
        abort(); /* no memory */
    pcre2_set_match_limit(self->context, MATCH_LIMIT);
    return self;
}

void pattern_destroy(pattern_t **self_p)
{
    pattern_t *self = *self_p;
    if (!self)
        return;
    pcre2_match_data_free(self->data);
    pcre2_match_context_free(self->context);
    pcre2_code_free(self->code);
    free(self);
    *self_p = NULL;
}

bool pattern_fits(pattern_t *self, const char *text, size_t size)
{
    return pcre2_match(self->code, (PCRE2_SPTR)text, size, 0, 0, self->data, self->context) > 0;
}

bool pattern_take(pattern_t *self, const char *text, size_t size, char *group, size_t group_size)
{
    if (!pattern_fits(self, text, size))
        return false;
    const size_t *bounds = pcre2_get_ovector_pointer(self->data) + 2 * (size_t)self->group;
    if (bounds[0] == PCRE2_UNSET)
        return false;
    size_t length = bounds[1] - bounds[0];
    if (length >= group_size)
        length = group_size - 1;
    memcpy(group, text + bounds[0], length);
    group[length] = '\0';
    return true;
}
