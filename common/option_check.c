#include "option_check.h"

#include "nearest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- texts ---- */

/* strtoll and strtod take more than an option: blanks before the number, and 0x1p3, inf and nan. */
static bool has_only(const char *text, const char *characters)
{
    return text[strspn(text, characters)] == '\0';
}

int ph_option_parse_int(const char *key, const char *text, int64_t *value, struct ph_error *err)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || errno || !has_only(text, "0123456789+-"))
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is not an integer", key, text);
    *value = number;
    return 0;
}

int ph_option_parse_float(const char *key, const char *text, double *value, struct ph_error *err)
{
    char *end;
    double number = strtod(text, &end); /* too small: 0, or nearly; too large: infinite */
    if (end == text || *end || !isfinite(number) || !has_only(text, "0123456789+-.eE"))
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is not a number", key, text);
    *value = number;
    return 0;
}

int ph_option_parse_bool(const char *key, const char *text, bool *value, struct ph_error *err)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (int truth = 0; truth < 2; truth++) {
            if (strcasecmp(text, words[i][truth]) == 0) {
                *value = truth;
                return 0;
            }
        }
    }
    return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is neither yes nor no", key, text);
}

/* ---- a row ---- */

static const char *const type_names[] = {
    [PH_OPTION_TEXT] = "text", [PH_OPTION_INT] = "int",       [PH_OPTION_FLOAT] = "float",
    [PH_OPTION_BOOL] = "bool", [PH_OPTION_CHOICE] = "choice",
};
enum { TYPES = sizeof type_names / sizeof type_names[0] };

const char *ph_option_type_name(enum ph_option_type type)
{
    return (unsigned)type < TYPES ? type_names[type] : NULL;
}

bool ph_option_has_range(const struct ph_option *option)
{
    return option->min < 0 || option->min > 0 || option->max < 0 || option->max > 0;
}

const struct ph_option *ph_option_find(const struct ph_option *table, const char *name)
{
    for (const struct ph_option *option = table; option && option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

/* ---- a value and its row ---- */

static int check_range(const struct ph_option *option, const char *text, double value,
                       struct ph_error *err)
{
    if (!ph_option_has_range(option) || (value >= option->min && value <= option->max))
        return 0;
    if (isinf(option->max))
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is less than %g", option->name,
                            text, option->min);
    if (isinf(option->min))
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is more than %g", option->name,
                            text, option->max);
    return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is not within %g to %g",
                        option->name, text, option->min, option->max);
}

static int check_int(const struct ph_option *option, const char *text, struct ph_error *err)
{
    int64_t value = 0;
    if (ph_option_parse_int(option->name, text, &value, err) < 0)
        return -1;
    return check_range(option, text, (double)value, err);
}

static int check_float(const struct ph_option *option, const char *text, struct ph_error *err)
{
    double value = 0;
    if (ph_option_parse_float(option->name, text, &value, err) < 0)
        return -1;
    return check_range(option, text, value, err);
}

static int check_choice(const struct ph_option *option, const char *text, struct ph_error *err)
{
    char list[200] = "";
    struct ph_nearest nearest = {0};
    for (const char *const *choice = option->choices; *choice; choice++) {
        if (strcasecmp(*choice, text) == 0)
            return 0;
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", length ? ", " : "", *choice);
        ph_nearest_consider(&nearest, text, *choice);
    }
    ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is none of: %s", option->name, text, list);
    return nearest.name ? ph_error_hint(err, "did you mean '%s'?", nearest.name) : -1;
}

int ph_option_check_value(const struct ph_option *option, const char *text, struct ph_error *err)
{
    bool truth;
    switch (option->type) {
    case PH_OPTION_INT:
        return check_int(option, text, err);
    case PH_OPTION_FLOAT:
        return check_float(option, text, err);
    case PH_OPTION_BOOL:
        return ph_option_parse_bool(option->name, text, &truth, err);
    case PH_OPTION_CHOICE:
        return check_choice(option, text, err);
    default:
        return 0;
    }
}

/* ---- the table ---- */

static int refuse_unknown(const struct ph_option *table, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (const struct ph_option *option = table; option->name; option++)
        ph_nearest_consider(&nearest, name, option->name);
    ph_error_set(err, PH_INVALID, "option '%.100s' is not known", name);
    return nearest.name ? ph_error_hint(err, "did you mean '%s'?", nearest.name) : -1;
}

static int refuse_missing(const struct ph_option *option, struct ph_error *err)
{
    return ph_error_set(err, PH_INVALID, "option '%s' is missing%s%s", option->name,
                        option->text ? ": " : "", option->text ? option->text : "");
}

int ph_option_check(const struct ph_option *table, const char *name, const char *text,
                    struct ph_error *err)
{
    const struct ph_option *option = ph_option_find(table, name);
    if (!table || (!option && !text))
        return 0;
    if (!option)
        return refuse_unknown(table, name, err);
    if (text)
        return ph_option_check_value(option, text, err);
    return option->is_required ? refuse_missing(option, err) : 0;
}
