#include "../process/limits.h"
#include "schema_parse.h"

#include <alloc.h>
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int parse_number(const struct option_spec *self, const char *text, void *member,
                 struct ph_error *err)
{
    char *end;
    errno = 0;
    double number = strtod(text, &end);
    bool is_count = self->type == OPTION_COUNT;
    if (end == text || *end || errno || !isfinite(number) || (is_count && number != floor(number)))
        return option_refuse(self, text, is_count ? "not a whole number" : "not a number", err);
    if (number < self->min || number > self->max)
        return option_refuse(self, text, "out of range", err);
    if (self->type == OPTION_SHARE)
        *(double *)member = number;
    else
        *(int64_t *)member = llround(self->type == OPTION_SECONDS ? number * 1000 : number);
    return 0;
}

/* Reads digits with an optional K, M, G or T behind them. Returns what stands behind, or NULL. */
static const char *read_bytes(const char *text, int64_t *bytes)
{
    static const char units[] = "KMGT";
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (!isdigit((unsigned char)*text) || errno)
        return NULL;
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    int shift = unit ? 10 * (int)(unit - units + 1) : 0;
    if (number > INT64_MAX >> shift)
        return NULL;
    *bytes = (int64_t)number << shift;
    return end + (unit != NULL);
}

int parse_bytes(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err)
{
    int64_t bytes;
    const char *end = read_bytes(text, &bytes);
    if (!end || *end)
        return option_refuse(self, text, "not a number of bytes", err);
    *(int64_t *)member = bytes;
    return 0;
}

int parse_octal(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err)
{
    size_t digits = strspn(text, "01234567");
    if (digits == 0 || text[digits])
        return option_refuse(self, text, "not an octal number", err);
    unsigned long number = strtoul(text, NULL, 8);
    if (digits > 10 || number > 0777)
        return option_refuse(self, text, "out of range", err);
    *(int *)member = (int)number;
    return 0;
}

int parse_limit(const struct option_spec *self, const char *text, void *member,
                struct ph_error *err)
{
    static const char prefix[] = "rlimit_";
    struct limit limit;
    if (limit_parse(self->name + sizeof prefix - 1, text, &limit, err) < 0) {
        ph_cleanup(ph_freep) char *accepts = option_accepts(self);
        return ph_error_hint(err, "%s", accepts);
    }
    *(struct limit_option *)member = (struct limit_option){.is_set = true, .limit = limit.value};
    return 0;
}

int parse_statuses(const struct option_spec *self, const char *text, void *member,
                   struct ph_error *err)
{
    bool statuses[EXIT_STATUSES] = {0};
    for (const char *at = text; *(at += strspn(at, " \t,"));) {
        char *end;
        unsigned long status = strtoul(at, &end, 10);
        if (!isdigit((unsigned char)*at) || (*end && !strchr(" \t,", *end)))
            return option_refuse(self, text, "not a list of numbers", err);
        if (status >= EXIT_STATUSES)
            return option_refuse(self, text, "out of range", err);
        statuses[status] = true;
        at = end;
    }
    memcpy(member, statuses, sizeof statuses);
    return 0;
}
