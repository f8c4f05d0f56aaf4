#include "value.h"

#include <string.h>

/* A cast, since struct ph_value is nothing but the object. */
static const ph_value_t *view(const msgpack_object *object)
{
    return (const ph_value_t *)object;
}

enum ph_type ph_value_type(const ph_value_t *self)
{
    switch (self ? self->object.type : MSGPACK_OBJECT_NIL) {
    case MSGPACK_OBJECT_BOOLEAN:
        return PH_BOOL;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return PH_INT;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return PH_FLOAT;
    case MSGPACK_OBJECT_STR:
        return PH_STRING;
    case MSGPACK_OBJECT_BIN:
        return PH_BINARY;
    case MSGPACK_OBJECT_ARRAY:
        return PH_ARRAY;
    case MSGPACK_OBJECT_MAP:
        return PH_MAP;
    default:
        return PH_NIL;
    }
}

static bool is_key(const msgpack_object *object, const char *key, size_t size)
{
    return object->type == MSGPACK_OBJECT_STR && object->via.str.size == size &&
           memcmp(object->via.str.ptr, key, size) == 0;
}

const ph_value_t *ph_value_get(const ph_value_t *map, const char *key)
{
    if (ph_value_type(map) != PH_MAP)
        return NULL;

    size_t size = strlen(key);
    const msgpack_object_map *entries = &map->object.via.map;
    for (uint32_t i = 0; i < entries->size; i++)
        if (is_key(&entries->ptr[i].key, key, size))
            return view(&entries->ptr[i].val);
    return NULL;
}

size_t ph_value_size(const ph_value_t *self)
{
    switch (ph_value_type(self)) {
    case PH_STRING:
    case PH_BINARY:
        return self->object.via.bin.size;
    case PH_ARRAY:
        return self->object.via.array.size;
    case PH_MAP:
        return self->object.via.map.size;
    default:
        return 0;
    }
}

const ph_value_t *ph_value_at(const ph_value_t *array, size_t index)
{
    if (ph_value_type(array) != PH_ARRAY || index >= array->object.via.array.size)
        return NULL;
    return view(&array->object.via.array.ptr[index]);
}

const ph_value_t *ph_value_entry(const ph_value_t *map, size_t index, const ph_value_t **key)
{
    if (ph_value_type(map) != PH_MAP || index >= map->object.via.map.size)
        return NULL;
    const msgpack_object_kv *entry = &map->object.via.map.ptr[index];
    *key = view(&entry->key);
    return view(&entry->val);
}

const char *ph_value_string(const ph_value_t *self, const char *fallback)
{
    enum ph_type type = ph_value_type(self);
    return type == PH_STRING || type == PH_BINARY ? self->object.via.bin.ptr : fallback;
}

int64_t ph_value_int(const ph_value_t *self, int64_t fallback)
{
    if (ph_value_type(self) != PH_INT)
        return fallback;
    if (self->object.type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
        return self->object.via.i64;
    return self->object.via.u64 > INT64_MAX ? INT64_MAX : (int64_t)self->object.via.u64;
}

double ph_value_float(const ph_value_t *self, double fallback)
{
    switch (ph_value_type(self)) {
    case PH_FLOAT:
        return self->object.via.f64;
    case PH_INT:
        return self->object.type == MSGPACK_OBJECT_NEGATIVE_INTEGER ? (double)self->object.via.i64
                                                                    : (double)self->object.via.u64;
    default:
        return fallback;
    }
}

bool ph_value_bool(const ph_value_t *self, bool fallback)
{
    return ph_value_type(self) == PH_BOOL ? self->object.via.boolean : fallback;
}
