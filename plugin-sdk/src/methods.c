#include "methods.h"

#include "name.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MOST = 100 };

struct methods {
    struct ph_method *items;
    size_t count;
};

static const char *const type_names[] = {
    [PH_ARGUMENT_ANY] = "any",       [PH_ARGUMENT_TEXT] = "text", [PH_ARGUMENT_INT] = "int",
    [PH_ARGUMENT_NUMBER] = "number", [PH_ARGUMENT_BOOL] = "bool", [PH_ARGUMENT_LIST] = "list",
    [PH_ARGUMENT_MAP] = "map",
};
enum { TYPES = sizeof type_names / sizeof type_names[0] };

methods_t *methods_new(void)
{
    return ph_calloc(1, sizeof(struct methods));
}

void methods_destroy(methods_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->items);
    free(*self_p);
    *self_p = NULL;
}

static bool is_twice(const struct ph_argument *arguments, const struct ph_argument *argument)
{
    for (const struct ph_argument *at = arguments; at < argument; at++)
        if (strcmp(at->name, argument->name) == 0)
            return true;
    return false;
}

static int check_arguments(const struct ph_method *method, struct ph_error *err)
{
    const struct ph_argument *argument = method->arguments;
    for (; argument && argument->name; argument++) {
        if (!argument->name[0])
            return ph_error_set(err, PH_INVALID, "method '%s': an argument has an empty name",
                                method->name);
        if ((unsigned)argument->type >= TYPES)
            return ph_error_set(err, PH_INVALID, "method '%s': argument '%s' has no known type",
                                method->name, argument->name);
        if (is_twice(method->arguments, argument))
            return ph_error_set(err, PH_INVALID, "method '%s': argument '%s' is there twice",
                                method->name, argument->name);
    }
    return 0;
}

int methods_check(const struct ph_method *method, struct ph_error *err)
{
    if (!method->name || !name_is_valid(method->name, NAME_MOST))
        return ph_error_set(err, PH_INVALID,
                            "method '%.120s': a name has letters, digits, '_', '-' and '.', at "
                            "most %d",
                            method->name ? method->name : "", NAME_MOST);
    if (!method->handle)
        return ph_error_set(err, PH_INVALID, "method '%s' has no function", method->name);
    return check_arguments(method, err);
}

static bool is_named_before(const struct ph_method *table, const struct ph_method *method)
{
    for (const struct ph_method *at = table; at < method; at++)
        if (strcmp(at->name, method->name) == 0)
            return true;
    return false;
}

int methods_check_table(const struct ph_method *table, struct ph_error *err)
{
    for (const struct ph_method *method = table; method && method->name; method++) {
        if (methods_check(method, err) < 0)
            return -1;
        if (is_named_before(table, method))
            return ph_error_set(err, PH_INVALID, "method '%s' is there twice", method->name);
    }
    return 0;
}

static size_t find(const methods_t *self, const char *name)
{
    size_t i = 0;
    while (i < self->count && strcmp(self->items[i].name, name) != 0)
        i++;
    return i;
}

void methods_put(methods_t *self, const struct ph_method *method)
{
    size_t i = find(self, method->name);
    if (i == self->count)
        self->items = ph_realloc_array(self->items, ++self->count, sizeof *self->items);
    self->items[i] = *method;
}

const struct ph_method *methods_find(const methods_t *self, const char *name)
{
    size_t i = find(self, name);
    return i < self->count ? &self->items[i] : NULL;
}

static void write_argument(const struct ph_argument *argument, ph_writer_t *map)
{
    ph_writer_map(map, NULL);
    ph_writer_string(map, "name", argument->name);
    ph_writer_string(map, "type", methods_type_name(argument->type));
    ph_writer_bool(map, "required", argument->is_required);
    if (argument->summary)
        ph_writer_string(map, "summary", argument->summary);
    ph_writer_end(map);
}

void methods_write_one(const struct ph_method *method, ph_writer_t *map)
{
    ph_writer_string(map, "name", method->name);
    if (method->summary)
        ph_writer_string(map, "summary", method->summary);
    ph_writer_array(map, "args");
    for (const struct ph_argument *at = method->arguments; at && at->name; at++)
        write_argument(at, map);
    ph_writer_end(map);
}

void methods_write(const methods_t *self, ph_writer_t *map)
{
    ph_writer_array(map, "methods");
    for (size_t i = 0; i < self->count; i++) {
        ph_writer_map(map, NULL);
        methods_write_one(&self->items[i], map);
        ph_writer_end(map);
    }
    ph_writer_end(map);
}

const char *methods_type_name(enum ph_argument_type type)
{
    return type_names[type];
}
