#include "options_table.h"

#include <option_check.h>

static int check_row(const struct ph_option *option, struct ph_error *err)
{
    if (!option->name[0])
        return ph_error_set(err, PH_INVALID, "an option has an empty name");
    if (!ph_option_type_name(option->type))
        return ph_error_set(err, PH_INVALID, "option '%s' has no known type", option->name);
    if (option->min > option->max)
        return ph_error_set(err, PH_INVALID, "option '%s': min is more than max", option->name);
    if (option->type == PH_OPTION_CHOICE && (!option->choices || !option->choices[0]))
        return ph_error_set(err, PH_INVALID, "option '%s' has no choices", option->name);
    if (option->fallback && ph_option_check_value(option, option->fallback, err) < 0)
        return ph_error_prefix(err, "the fallback does not fit");
    return 0;
}

int options_table_check(const struct ph_option *table, struct ph_error *err)
{
    for (const struct ph_option *option = table; option && option->name; option++) {
        if (ph_option_find(table, option->name) != option) {
            ph_error_set(err, PH_INVALID, "option '%s' is there twice", option->name);
            return ph_error_prefix(err, "the module's table of options is wrong");
        }
        if (check_row(option, err) < 0)
            return ph_error_prefix(err, "the module's table of options is wrong");
    }
    return 0;
}

int options_table_check_values(const struct ph_option *table, const ph_value_t *values,
                               struct ph_error *err)
{
    for (size_t i = 0; i < ph_value_size(values); i++) {
        const ph_value_t *key, *value = ph_value_entry(values, i, &key);
        if (ph_option_check(table, ph_value_string(key, ""), ph_value_string(value, ""), err) < 0)
            return -1;
    }
    for (const struct ph_option *option = table; option && option->name; option++)
        if (!ph_value_string(ph_value_get(values, option->name), NULL) &&
            ph_option_check(table, option->name, NULL, err) < 0)
            return -1;
    return 0;
}

const char *options_table_fallback(const struct ph_option *table, const char *name)
{
    const struct ph_option *option = ph_option_find(table, name);
    return option ? option->fallback : NULL;
}

static void write_row(const struct ph_option *option, ph_writer_t *map)
{
    ph_writer_map(map, NULL);
    ph_writer_string(map, "name", option->name);
    ph_writer_string(map, "type", ph_option_type_name(option->type));
    ph_writer_bool(map, "required", option->is_required);
    if (option->fallback)
        ph_writer_string(map, "default", option->fallback);
    if (ph_option_has_range(option)) {
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
