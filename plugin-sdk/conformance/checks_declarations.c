#include "check.h"

#include <stdio.h>
#include <string.h>

/* What a key must be, if it is there at all. */
struct field {
    const char *key;
    enum ph_type type;
    const char *const *words; /* of a text: those that are allowed; NULL: all */
    bool is_required;
};

static const char *const option_types[] = {"text", "int", "float", "bool", "choice", NULL};
static const char *const argument_types[] = {"any",  "text", "int", "number",
                                             "bool", "list", "map", NULL};

static const struct field hello_fields[] = {
    {"pid", PH_INT, NULL, false},        {"sdk", PH_STRING, NULL, false},
    {"version", PH_STRING, NULL, false}, {"summary", PH_STRING, NULL, false},
    {"handles", PH_ARRAY, NULL, false},  {"options", PH_ARRAY, NULL, false},
    {"methods", PH_ARRAY, NULL, false},  {NULL, PH_NIL, NULL, false},
};

static const struct field option_fields[] = {
    {"name", PH_STRING, NULL, true},    {"type", PH_STRING, option_types, false},
    {"required", PH_BOOL, NULL, false}, {"choices", PH_ARRAY, NULL, false},
    {"text", PH_STRING, NULL, false},   {NULL, PH_NIL, NULL, false},
};

static const struct field method_fields[] = {
    {"name", PH_STRING, NULL, true},
    {"summary", PH_STRING, NULL, false},
    {"args", PH_ARRAY, NULL, false},
    {NULL, PH_NIL, NULL, false},
};

static const struct field argument_fields[] = {
    {"name", PH_STRING, NULL, true},    {"type", PH_STRING, argument_types, false},
    {"required", PH_BOOL, NULL, false}, {"summary", PH_STRING, NULL, false},
    {NULL, PH_NIL, NULL, false},
};

static const char *type_name(enum ph_type type)
{
    static const char *const names[] = {
        [PH_NIL] = "nil",       [PH_BOOL] = "a boolean", [PH_INT] = "an integer",
        [PH_FLOAT] = "a float", [PH_STRING] = "a text",  [PH_BINARY] = "binary",
        [PH_ARRAY] = "a list",  [PH_MAP] = "a map",
    };
    return names[type];
}

static bool is_word(const char *const *words, const char *text)
{
    while (*words && strcmp(*words, text) != 0)
        words++;
    return *words != NULL;
}

static int check_field(const ph_value_t *map, const struct field *field, const char *where,
                       struct verdict *verdict)
{
    const ph_value_t *value = ph_value_get(map, field->key);
    if (!value && field->is_required)
        return verdict_fail(verdict, "%s has no '%s'", where, field->key);
    if (ph_value_type(value) == PH_NIL)
        return 0;
    if (ph_value_type(value) != field->type)
        return verdict_fail(verdict, "'%s' of %s is not %s", field->key, where,
                            type_name(field->type));
    if (field->words && !is_word(field->words, ph_value_string(value, "")))
        return verdict_fail(verdict, "'%s' of %s is '%s', which is none of the types", field->key,
                            where, ph_value_string(value, ""));
    return 0;
}

static int check_fields(const ph_value_t *map, const struct field *fields, const char *where,
                        struct verdict *verdict)
{
    if (ph_value_type(map) != PH_MAP)
        return verdict_fail(verdict, "%s is no map", where);
    for (; fields->key; fields++)
        if (check_field(map, fields, where, verdict) < 0)
            return -1;
    return 0;
}

static int check_list(const ph_value_t *list, const struct field *fields, const char *what,
                      struct verdict *verdict)
{
    for (size_t i = 0; i < ph_value_size(list); i++) {
        const ph_value_t *entry = ph_value_at(list, i);
        char where[128];
        snprintf(where, sizeof where, "%s %zu ('%s')", what, i + 1,
                 ph_value_string(ph_value_get(entry, "name"), ""));
        if (check_fields(entry, fields, where, verdict) < 0)
            return -1;
        if (fields == method_fields &&
            check_list(ph_value_get(entry, "args"), argument_fields, "argument", verdict) < 0)
            return -1;
    }
    return 0;
}

static int check_handles(const ph_value_t *list, struct verdict *verdict)
{
    for (size_t i = 0; i < ph_value_size(list); i++)
        if (ph_value_type(ph_value_at(list, i)) != PH_STRING)
            return verdict_fail(verdict, "entry %zu of 'handles' is not a text", i + 1);
    return 0;
}

void check_declarations(trial_t *trial, struct verdict *verdict)
{
    int index = trial_reach_hello(trial, 0, verdict);
    if (index < 0)
        return;
    const ph_value_t *hello = entry_properties(record_at(trial->record, (size_t)index));
    if (check_fields(hello, hello_fields, "'plugin.hello'", verdict) < 0 ||
        check_handles(ph_value_get(hello, "handles"), verdict) < 0 ||
        check_list(ph_value_get(hello, "options"), option_fields, "option", verdict) < 0)
        return;
    check_list(ph_value_get(hello, "methods"), method_fields, "method", verdict);
}
