#include "description.h"

#include <alloc.h>
#include <stdlib.h>
#include <wire/value.h>

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

static int check_options(const ph_value_t *hello, struct ph_error *err)
{
    const ph_value_t *options = ph_value_get(hello, "options");
    size_t count = ph_value_type(options) == PH_ARRAY ? ph_value_size(options) : 0;
    if (count <= DESCRIPTION_MAX_OPTIONS)
        return 0;
    return ph_error_set(err, PH_INVALID, "%zu options are more than the %d allowed", count,
                        DESCRIPTION_MAX_OPTIONS);
}

/* Their number says little: whatever stands in an option, or in the place of another text, is kept
 * too, and decoded a byte can take 24. */
static int check_size(const description_t *self, struct ph_error *err)
{
    size_t size = wire_message_held_bytes(self->hello);
    if (size <= DESCRIPTION_MAX_BYTES)
        return 0;
    return ph_error_set(err, PH_INVALID,
                        "what the plugin says of itself beside its methods takes %zu bytes "
                        "decoded; at most %d are allowed",
                        size, DESCRIPTION_MAX_BYTES);
}

description_t *description_new(const ph_value_t *hello, methods_t **methods_p, struct ph_error *err)
{
    if (check_options(hello, err) < 0)
        return NULL;
    ph_cleanup(description_destroy) description_t *self = ph_calloc(1, sizeof *self);
    self->hello = copy_hello(hello);
    if (check_size(self, err) < 0)
        return NULL;
    self->methods = ph_steal(methods_p);
    return ph_steal(&self);
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
