#include "methods.h"

#include <alloc.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

enum { ARGUMENTS_MAX = 100, NAME_MAX_BYTES = 100 };

enum type {
    TYPE_ANY,
    TYPE_TEXT,
    TYPE_INT,
    TYPE_NUMBER,
    TYPE_BOOL,
    TYPE_LIST,
    TYPE_MAP,
    TYPE_COUNT
};

static const char *const type_names[TYPE_COUNT] = {
    [TYPE_ANY] = "any",   [TYPE_TEXT] = "text", [TYPE_INT] = "int", [TYPE_NUMBER] = "number",
    [TYPE_BOOL] = "bool", [TYPE_LIST] = "list", [TYPE_MAP] = "map",
};

struct argument {
    char *name;
    enum type type;
    bool is_required;
    char *summary;
};

struct method {
    char *name;
    char *summary;
    struct argument *arguments;
    size_t count;
};

struct methods {
    method_t *items;
    size_t count;
};

methods_t *methods_new(void)
{
    return ph_calloc(1, sizeof(methods_t));
}

static void method_release(method_t *method)
{
    for (size_t i = 0; i < method->count; i++) {
        free(method->arguments[i].name);
        free(method->arguments[i].summary);
    }
    free(method->arguments);
    free(method->name);
    free(method->summary);
    *method = (method_t){0};
}

void methods_destroy(methods_t **self_p)
{
    methods_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        method_release(&self->items[i]);
    free(self->items);
    free(self);
    *self_p = NULL;
}

/* ---- reading descriptions ---- */

static const char *text_of(const ph_value_t *map, const char *key)
{
    const ph_value_t *value = ph_value_get(map, key);
    const char *text = ph_value_type(value) == PH_STRING ? ph_value_string(value, "") : "";
    bool is_text = strlen(text) == ph_value_size(value) && wire_is_utf8(text, strlen(text));
    return is_text ? text : "";
}

static const char *read_name(const ph_value_t *map, const char *of_what, struct ph_error *err)
{
    const char *name = text_of(map, "name");
    size_t length =
        strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");
    if (length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0')
        return name;
    ph_error_set(err, PH_INVALID, "'%.100s' is no name for a%s", name, of_what);
    ph_error_hint(err, "up to %d letters, digits, '_', '-' and '.'", NAME_MAX_BYTES);
    return NULL;
}

static int read_type(const ph_value_t *map, enum type *type, struct ph_error *err)
{
    const char *word = text_of(map, "type");
    *type = TYPE_ANY;
    if (ph_value_type(ph_value_get(map, "type")) == PH_NIL)
        return 0;
    for (*type = TYPE_ANY; *type < TYPE_COUNT; (*type)++)
        if (strcmp(type_names[*type], word) == 0)
            return 0;
    ph_error_set(err, PH_INVALID, "argument '%s' has the unknown type '%.40s'",
                 text_of(map, "name"), word);
    return ph_error_hint(err, "types are any, text, int, number, bool, list and map");
}

static int read_argument(struct argument *argument, const ph_value_t *map, struct ph_error *err)
{
    enum type type;
    const char *name = read_name(map, "n argument", err);
    if (!name || read_type(map, &type, err) < 0)
        return -1;
    *argument =
        (struct argument){.name = ph_strdup(name),
                          .type = type,
                          .is_required = ph_value_bool(ph_value_get(map, "required"), false),
                          .summary = ph_strdup(text_of(map, "summary"))};
    return 0;
}

static int read_arguments(method_t *method, const ph_value_t *list, struct ph_error *err)
{
    size_t count = ph_value_type(list) == PH_ARRAY ? ph_value_size(list) : 0;
    if (count > ARGUMENTS_MAX)
        return ph_error_set(err, PH_INVALID, "%zu arguments are more than the %d allowed", count,
                            ARGUMENTS_MAX);
    method->arguments = ph_calloc(count + 1, sizeof *method->arguments);
    for (; method->count < count; method->count++)
        if (read_argument(&method->arguments[method->count], ph_value_at(list, method->count),
                          err) < 0)
            return ph_error_prefix(err, "method '%s'", method->name);
    return 0;
}

static int read_method(method_t *method, const ph_value_t *description, struct ph_error *err)
{
    const char *name = read_name(description, " method", err);
    if (!name)
        return -1;
    method->name = ph_strdup(name);
    method->summary = ph_strdup(text_of(description, "summary"));
    return read_arguments(method, ph_value_get(description, "args"), err);
}

static method_t *find(const methods_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].name, name) == 0)
            return &self->items[i];
    return NULL;
}

int methods_add(methods_t *self, const ph_value_t *description, struct ph_error *err)
{
    method_t method = {0};
    if (read_method(&method, description, err) < 0) {
        method_release(&method);
        return -1;
    }
    method_t *place = find(self, method.name);
    if (place) {
        method_release(place);
    } else if (self->count == METHODS_MAX) {
        method_release(&method);
        return ph_error_set(err, PH_BUSY, "a plugin has at most %d methods", METHODS_MAX);
    } else {
        self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
        place = &self->items[self->count++];
    }
    *place = method;
    return 0;
}

int methods_add_all(methods_t *self, const ph_value_t *descriptions, struct ph_error *err)
{
    for (size_t i = 0; i < ph_value_size(descriptions); i++)
        if (methods_add(self, ph_value_at(descriptions, i), err) < 0)
            return -1;
    return 0;
}

/* ---- invocations ---- */

const method_t *methods_find(const methods_t *self, const char *plugin, const char *name,
                             struct ph_error *err)
{
    const method_t *method = find(self, name);
    if (method)
        return method;
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->count; i++)
        ph_nearest_consider(&nearest, name, self->items[i].name);
    ph_error_set(err, PH_NOT_FOUND, "plugin '%s' has no method '%.100s'", plugin, name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, self->count > 0 ? "'methods' lists them" : "it offers no methods");
    return NULL;
}

static bool fits(const ph_value_t *value, enum type type)
{
    static const enum ph_type types[TYPE_COUNT] = {
        [TYPE_TEXT] = PH_STRING, [TYPE_INT] = PH_INT,    [TYPE_NUMBER] = PH_FLOAT,
        [TYPE_BOOL] = PH_BOOL,   [TYPE_LIST] = PH_ARRAY, [TYPE_MAP] = PH_MAP,
    };
    enum ph_type is = ph_value_type(value);
    return type == TYPE_ANY || is == types[type] || (type == TYPE_NUMBER && is == PH_INT);
}

static const struct argument *find_argument(const method_t *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->arguments[i].name, name) == 0)
            return &self->arguments[i];
    return NULL;
}

static int refuse_argument(const method_t *self, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->count; i++)
        ph_nearest_consider(&nearest, name, self->arguments[i].name);
    ph_error_set(err, PH_INVALID, "method '%s' has no argument '%.100s'", self->name, name);
    if (nearest.name)
        return ph_error_hint(err, "did you mean '%s'?", nearest.name);
    return ph_error_hint(err, "'methods' lists what it takes");
}

/* Nil counts as left out. */
static int check_argument(const method_t *self, const ph_value_t *key, const ph_value_t *value,
                          bool is_lenient, struct ph_error *err)
{
    const char *name = ph_value_string(key, "?");
    const struct argument *argument = find_argument(self, name);
    if (!argument)
        return is_lenient ? 0 : refuse_argument(self, name, err);
    if (ph_value_type(value) == PH_NIL || fits(value, argument->type))
        return 0;
    return ph_error_set(err, PH_INVALID, "argument '%s' of method '%s' must be of type %s",
                        argument->name, self->name, type_names[argument->type]);
}

int method_check(const method_t *self, const ph_value_t *args, bool is_lenient,
                 struct ph_error *err)
{
    for (size_t i = 0; i < ph_value_size(args); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(args, i, &key);
        if (check_argument(self, key, value, is_lenient, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < self->count; i++)
        if (self->arguments[i].is_required &&
            ph_value_type(ph_value_get(args, self->arguments[i].name)) == PH_NIL)
            return ph_error_set(err, PH_INVALID, "argument '%s' of method '%s' is missing",
                                self->arguments[i].name, self->name);
    return 0;
}

void method_write_known(const method_t *self, const ph_value_t *args, ph_writer_t *writer)
{
    for (size_t i = 0; i < self->count; i++) {
        const ph_value_t *value = ph_value_get(args, self->arguments[i].name);
        if (value)
            ph_writer_value(writer, self->arguments[i].name, value);
    }
}

/* ---- telling ---- */

static void write_argument(const struct argument *argument, ph_writer_t *writer)
{
    ph_writer_map(writer, NULL);
    ph_writer_string(writer, "name", argument->name);
    ph_writer_string(writer, "type", type_names[argument->type]);
    ph_writer_bool(writer, "required", argument->is_required);
    ph_writer_string(writer, "summary", argument->summary);
    ph_writer_end(writer);
}

void methods_write(const methods_t *self, const char *plugin, ph_writer_t *writer)
{
    for (size_t i = 0; i < self->count; i++) {
        const method_t *method = &self->items[i];
        ph_writer_map(writer, NULL);
        if (plugin)
            ph_writer_string(writer, "plugin", plugin);
        ph_writer_string(writer, "name", method->name);
        ph_writer_string(writer, "summary", method->summary);
        ph_writer_array(writer, "args");
        for (size_t k = 0; k < method->count; k++)
            write_argument(&method->arguments[k], writer);
        ph_writer_end(writer);
        ph_writer_end(writer);
    }
}
