#include "../alloc.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>

/* Enough for every reply the daemon makes: the size of the bytes bounds the number of values. */
static const struct wire_limits any_message = {.max_depth = 32, .max_values = SIZE_MAX};

struct ph_message {
    struct ph_value body;
    msgpack_zone zone; /* holds the objects; text lies in bytes */
    size_t size;       /* of the bytes */
    size_t values;     /* and keys, altogether */
    char bytes[];
};

/* Puts a NUL behind each text, and counts the values. The byte there began the next value, which is
 * decoded already. */
static void terminate(ph_message_t *self, msgpack_object *object)
{
    self->values++;
    switch (object->type) {
    case MSGPACK_OBJECT_STR:
    case MSGPACK_OBJECT_BIN:
        if (object->via.bin.size == 0) /* msgpack-c leaves the pointer of an empty text as it was */
            object->via.bin.ptr = "";
        else
            self->bytes[object->via.bin.ptr - self->bytes + object->via.bin.size] = '\0';
        break;
    case MSGPACK_OBJECT_ARRAY:
        for (uint32_t i = 0; i < object->via.array.size; i++)
            terminate(self, &object->via.array.ptr[i]);
        break;
    case MSGPACK_OBJECT_MAP:
        for (uint32_t i = 0; i < object->via.map.size; i++) {
            terminate(self, &object->via.map.ptr[i].key);
            terminate(self, &object->via.map.ptr[i].val);
        }
        break;
    default:
        break;
    }
}

/* Returns how much room the objects get at once: enough for most messages of this size, since a
 * value takes some bytes and its object 24. */
static size_t chunk_size(size_t size)
{
    enum { LEAST = 256, PER_BYTE = 4 };
    return size < LEAST / PER_BYTE                     ? LEAST
           : size > MSGPACK_ZONE_CHUNK_SIZE / PER_BYTE ? MSGPACK_ZONE_CHUNK_SIZE
                                                       : size * PER_BYTE;
}

ph_message_t *wire_decode(const void *data, size_t size, const struct wire_limits *limits,
                          struct ph_error *err)
{
    if (wire_check(data, size, limits, err) < 0)
        return NULL;

    ph_cleanup(ph_message_destroy) ph_message_t *self = ph_calloc(1, sizeof *self + size + 1);
    memcpy(self->bytes, data, size);
    self->size = size;
    msgpack_zone_init(&self->zone, chunk_size(size));
    if (msgpack_unpack(self->bytes, size, NULL, &self->zone, &self->body.object) !=
        MSGPACK_UNPACK_SUCCESS) {
        ph_error_set(err, PH_MALFORMED, "the message is not valid msgpack");
        return NULL;
    }
    terminate(self, &self->body.object);
    return ph_steal(&self);
}

size_t wire_message_held_bytes(const ph_message_t *self)
{
    return sizeof *self + self->size + self->values * sizeof(msgpack_object);
}

ph_message_t *ph_message_new(const void *data, size_t size, struct ph_error *err)
{
    return wire_decode(data, size, &any_message, err);
}

void ph_message_destroy(ph_message_t **self_p)
{
    if (!*self_p)
        return;
    msgpack_zone_destroy(&(*self_p)->zone);
    free(*self_p);
    *self_p = NULL;
}

const ph_value_t *ph_message_body(const ph_message_t *self)
{
    return self ? &self->body : NULL;
}
