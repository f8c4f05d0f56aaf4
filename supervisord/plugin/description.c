#include "description.h"

#include <alloc.h>
#include <stdlib.h>

struct description {
    ph_message_t *hello;
    methods_t *methods;
};

static ph_message_t *copy_hello(const ph_value_t *properties)
{
    static const char *const keys[] = {"version", "summary", "sdk", "pid", "handles", "options"};
    ph_cleanup(ph_writer_destroy) ph_writer_t *copy = ph_writer_new();
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (ph_value_get(properties, keys[i]))
            ph_writer_value(copy, keys[i], ph_value_get(properties, keys[i]));
    size_t size;
    const void *data = ph_writer_data(copy, &size);
    return ph_message_new(data, size, NULL);
}

description_t *description_new(const ph_value_t *hello, methods_t *methods)
{
    description_t *self = ph_calloc(1, sizeof *self);
    self->hello = copy_hello(hello);
    self->methods = methods;
    return self;
}

void description_destroy(description_t **self_p)
{
    description_t *self = *self_p;
    if (!self)
        return;
    ph_message_destroy(&self->hello);
    methods_destroy(&self->methods);
    free(self);
    *self_p = NULL;
}

const ph_value_t *description_get(const description_t *self, const char *key)
{
    return ph_value_get(ph_message_body(self->hello), key);
}

methods_t *description_methods(const description_t *self)
{
    return self->methods;
}
