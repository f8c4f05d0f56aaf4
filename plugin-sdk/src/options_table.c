#include "options_table.h"

#include "options.h"

#include <nearest.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const type_names[] = {
    [PH_OPTION_TEXT] = "text", [PH_OPTION_INT] = "int",       [PH_OPTION_FLOAT] = "float",
    [PH_OPTION_BOOL] = "bool", [PH_OPTION_CHOICE] = "choice",
};
enum { TYPES = sizeof type_names / sizeof type_names[0] };

const char *options_table_type_name(enum ph_option_type type)
{
    return type_names[type];
}

bool options_table_has_range(const struct ph_option *option)
{
    return option->min < 0 || option->min > 0 || option->max < 0 || option->max > 0;
}

static const struct ph_option *find(const struct ph_option *table, const char *name)
{
    for (const struct ph_option *option = table; option && option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option;
    return NULL;
}

/* ---- one value ---- */

static int check_range(const struct ph_option *option, const char *text, double value,
                       struct ph_error *err)
{
    if (!options_table_has_range(option) || (value >= option->min && value <= option->max))
        return 0;
    return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is not within %g to %g",
                        option->name, text, option->min, option->max);
}

static int check_int(const struct ph_option *option, const char *text, struct ph_error *err)
{
    int64_t value;
    if (option_parse_int(option->name, text, &value, err) < 0)
        return -1;
    return check_range(option, text, (double)value, err);
}

static int check_float(const struct ph_option *option, const char *text, struct ph_error *err)
{
    double value;
    if (option_parse_float(option->name, text, &value, err) < 0)
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

static int check_value(const struct ph_option *option, const char *text, struct ph_error *err)
{
    bool truth;
    switch (option->type) {
    case PH_OPTION_INT:
        return check_int(option, text, err);
    case PH_OPTION_FLOAT:
        return check_float(option, text, err);
    case PH_OPTION_BOOL:
        return option_parse_bool(option->name, text, &truth, err);
    case PH_OPTION_CHOICE:
        return check_choice(option, text, err);
    default:
        return 0;
    }
}

/* ---- the table ---- */

static int check_row(const struct ph_option *option, struct ph_error *err)
{
    if (!option->name[0])
        return ph_error_set(err, PH_INVALID, "an option has an empty name");
    if ((unsigned)option->type >= TYPES)
        return ph_error_set(err, PH_INVALID, "option '%s' has no known type", option->name);
    if (option->min > option->max)
        return ph_error_set(err, PH_INVALID, "option '%s': min is more than max", option->name);
    if (option->type == PH_OPTION_CHOICE && (!option->choices || !option->choices[0]))
        return ph_error_set(err, PH_INVALID, "option '%s' has no choices", option->name);
    if (option->fallback && check_value(option, option->fallback, err) < 0)
        return ph_error_prefix(err, "the fallback does not fit");
    return 0;
}

int options_table_check(const struct ph_option *table, struct ph_error *err)
{
    for (const struct ph_option *option = table; option && option->name; option++) {
        if (find(table, option->name) != option) {
            ph_error_set(err, PH_INVALID, "option '%s' is there twice", option->name);
            return ph_error_prefix(err, "the module's table of options is wrong");
        }
        if (check_row(option, err) < 0)
            return ph_error_prefix(err, "the module's table of options is wrong");
    }
    return 0;
}

static int refuse_unknown(const struct ph_option *table, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (const struct ph_option *option = table; option->name; option++)
        ph_nearest_consider(&nearest, name, option->name);
    ph_error_set(err, PH_INVALID, "option '%.100s' is not known", name);
    return nearest.name ? ph_error_hint(err, "did you mean '%s'?", nearest.name) : -1;
}

static int check_required(const struct ph_option *option, const ph_value_t *values,
                          struct ph_error *err)
{
    if (!option->is_required || ph_value_string(ph_value_get(values, option->name), NULL))
        return 0;
    return ph_error_set(err, PH_INVALID, "option '%s' is missing%s%s", option->name,
                        option->text ? ": " : "", option->text ? option->text : "");
}

int options_table_check_values(const struct ph_option *table, const ph_value_t *values,
                               struct ph_error *err)
{
    for (size_t i = 0; table && i < ph_value_size(values); i++) {
        const ph_value_t *key, *value = ph_value_entry(values, i, &key);
        const char *name = ph_value_string(key, ""), *text = ph_value_string(value, NULL);
        const struct ph_option *option = find(table, name);
        if (!option)
            return refuse_unknown(table, name, err);
        if (text && check_value(option, text, err) < 0)
            return -1;
    }
    for (const struct ph_option *option = table; option && option->name; option++)
        if (check_required(option, values, err) < 0)
            return -1;
    return 0;
}

const char *options_table_fallback(const struct ph_option *table, const char *name)
{
    const struct ph_option *option = find(table, name);
    return option ? option->fallback : NULL;
}

static void write_row(const struct ph_option *option, ph_writer_t *map)
{
    ph_writer_map(map, NULL);
    ph_writer_string(map, "name", option->name);
    ph_writer_string(map, "type", options_table_type_name(option->type));
    ph_writer_bool(map, "required", option->is_required);
    if (option->fallback)
        ph_writer_string(map, "default", option->fallback);
    if (options_table_has_range(option)) {
        ph_writer_float(map, "min", option->min);
        ph_writer_float(map, "max", option->max);
    }
    if (option->choices) {
        ph_writer_array(map, "choices");
        for (const char *const *choice = option->choices; *choice; choice++)
            ph_writer_string(map, NULL, *choice);
        ph_writer_end(map);
    }
    if (option->text)
        ph_writer_string(map, "text", option->text);
    ph_writer_end(map);
}

void options_table_write(const struct ph_option *table, ph_writer_t *map)
{
    ph_writer_array(map, "options");
    for (const struct ph_option *option = table; option && option->name; option++)
        write_row(option, map);
    ph_writer_end(map);
}
