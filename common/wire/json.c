/* JSON at the edge: inside plughost everything is msgpack. */
#include "../alloc.h"
#include "json_text.h"
#include "utf8.h"
#include "value.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- JSON to msgpack ---- */

static bool json_fits(json_t *json, const struct wire_limits *limits, unsigned depth,
                      size_t *values)
{
    if (++*values > limits->max_values)
        return false;
    if (!json_is_object(json) && !json_is_array(json))
        return true;
    if (depth >= limits->max_depth)
        return false;

    size_t index;
    json_t *item;
    const char *key;
    json_array_foreach(json, index,
                       item) if (!json_fits(item, limits, depth + 1, values)) return false;
    json_object_foreach(json, key, item)
    {
        ++*values;
        if (!json_fits(item, limits, depth + 1, values))
            return false;
    }
    return true;
}

static void write_json(ph_writer_t *writer, const char *key, json_t *json);

static void write_members(ph_writer_t *writer, json_t *object)
{
    const char *key;
    json_t *item;
    json_object_foreach(object, key, item) write_json(writer, key, item);
}

static void write_json(ph_writer_t *writer, const char *key, json_t *json)
{
    size_t index;
    json_t *item;

    switch (json_typeof(json)) {
    case JSON_OBJECT:
        ph_writer_map(writer, key);
        write_members(writer, json);
        ph_writer_end(writer);
        break;
    case JSON_ARRAY:
        ph_writer_array(writer, key);
        json_array_foreach(json, index, item) write_json(writer, NULL, item);
        ph_writer_end(writer);
        break;
    case JSON_STRING:
        ph_writer_text(writer, key, json_string_value(json), json_string_length(json));
        break;
    case JSON_INTEGER:
        ph_writer_int(writer, key, json_integer_value(json));
        break;
    case JSON_REAL:
        ph_writer_float(writer, key, json_real_value(json));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        ph_writer_bool(writer, key, json_is_true(json));
        break;
    case JSON_NULL:
        ph_writer_nil(writer, key);
        break;
    }
}

static void json_release(json_t **json_p)
{
    json_decref(*json_p);
}

ph_writer_t *wire_pack_json(const char *text, size_t size, const struct wire_limits *limits,
                            struct ph_error *err)
{
    json_error_t where;
    ph_cleanup(json_release) json_t *json =
        json_loadb(text, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &where);
    size_t values = 0;
    if (!json)
        ph_error_set(err, PH_MALFORMED, "the message is not valid JSON: %s (line %d, column %d)",
                     where.text, where.line, where.column);
    else if (!json_is_object(json))
        ph_error_set(err, PH_MALFORMED, "the message is not a JSON object");
    else if (!json_fits(json, limits, 0, &values))
        ph_error_set(err, PH_MALFORMED, "the message is nested too deep or has too many values");
    else {
        ph_writer_t *writer = ph_writer_new();
        write_members(writer, json);
        return writer;
    }
    return NULL;
}

ph_message_t *wire_decode_json(const char *text, size_t size, const struct wire_limits *limits,
                               struct ph_error *err)
{
    size_t packed_size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *packed = wire_pack_json(text, size, limits, err);
    if (!packed)
        return NULL;
    const void *data = ph_writer_data(packed, &packed_size);
    return wire_decode(data, packed_size, limits, err);
}

bool wire_is_json(const void *data, size_t size)
{
    return size > 0 && memchr("{ \t\r\n", *(const char *)data, 5) != NULL;
}

/* ---- msgpack to JSON ---- */

static json_t *json_from_text(const char *text, size_t size)
{
    json_t *json = json_stringn(text, size);
    if (json)
        return json;

    static const char replacement[] = "\xef\xbf\xbd";
    ph_cleanup(ph_freep) char *mended = ph_calloc(size + 1, sizeof replacement - 1);
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        size_t length = wire_utf8_length(text + at, size - at);
        size_t count = length > 0 ? length : sizeof replacement - 1;
        memcpy(mended + used, length > 0 ? text + at : replacement, count);
        used += count;
        at += length > 0 ? length : 1;
    }
    return json_stringn(mended, used);
}

static json_t *json_from_value(const ph_value_t *value);

static json_t *json_from_map(const ph_value_t *map)
{
    json_t *object = json_object();
    for (size_t i = 0; i < ph_value_size(map); i++) {
        const ph_value_t *key;
        const ph_value_t *item = ph_value_entry(map, i, &key);
        /* The first of equal keys counts, as in ph_value_get; keys that are no text get their
         * JSON. */
        ph_cleanup(ph_freep) char *made =
            ph_value_type(key) == PH_STRING ? NULL : ph_value_to_json(key);
        ph_cleanup(json_release) json_t *name =
            made ? json_string(made) : json_from_text(ph_value_string(key, ""), ph_value_size(key));
        if (!json_object_get(object, json_string_value(name)))
            json_object_set_new(object, json_string_value(name), json_from_value(item));
    }
    return object;
}

static json_t *json_from_value(const ph_value_t *value)
{
    switch (ph_value_type(value)) {
    case PH_BOOL:
        return json_boolean(ph_value_bool(value, false));
    case PH_INT:
        if (value->object.type == MSGPACK_OBJECT_POSITIVE_INTEGER &&
            value->object.via.u64 > INT64_MAX)
            return json_real(ph_value_float(value, 0));
        return json_integer(ph_value_int(value, 0));
    case PH_FLOAT: /* JSON knows neither infinity nor NaN */
        return isfinite(ph_value_float(value, 0)) ? json_real(ph_value_float(value, 0))
                                                  : json_null();
    case PH_STRING:
    case PH_BINARY:
        return json_from_text(ph_value_string(value, ""), ph_value_size(value));
    case PH_MAP:
        return json_from_map(value);
    case PH_ARRAY: {
        json_t *array = json_array();
        for (size_t i = 0; i < ph_value_size(value); i++)
            json_array_append_new(array, json_from_value(ph_value_at(value, i)));
        return array;
    }
    default:
        return json_null();
    }
}

/* ---- the same without a tree, which costs several times as much as the text ---- */

static void write_tree(struct json_text *text, const ph_value_t *value)
{
    size_t flags = text->is_python ? JSON_ENSURE_ASCII : JSON_COMPACT;
    ph_cleanup(json_release) json_t *json = json_from_value(value);
    ph_cleanup(ph_freep) char *made =
        json_dumps(json, flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(16));
    if (made)
        json_text_add(text, made, strlen(made));
    else
        json_text_add(text, "null", 4);
}

enum { FEW_KEYS = 16 };

static int compare_keys(const void *a, const void *b)
{
    const ph_value_t *const *one = a, *const *other = b;
    size_t size = ph_value_size(*one), other_size = ph_value_size(*other);
    if (size != other_size)
        return size < other_size ? -1 : 1;
    return memcmp(ph_value_string(*one, ""), ph_value_string(*other, ""), size);
}

static bool is_text(const ph_value_t *value)
{
    return ph_value_type(value) == PH_STRING &&
           wire_is_utf8(ph_value_string(value, ""), ph_value_size(value));
}

/* Most maps are small: there each key is compared with all before it. */
static bool are_different(const ph_value_t **keys, size_t count)
{
    if (count > FEW_KEYS)
        qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++)
        for (size_t k = count > FEW_KEYS ? i - 1 : 0; k < i; k++)
            if (compare_keys(&keys[k], &keys[i]) == 0)
                return false;
    return true;
}

/* Says whether all keys are texts, each there once. What is not is left to the tree. */
static bool has_plain_keys(const ph_value_t *map)
{
    const ph_value_t *few[FEW_KEYS];
    size_t count = ph_value_size(map);
    ph_cleanup(ph_freep) const ph_value_t **many =
        count > FEW_KEYS ? ph_calloc(count, sizeof *many) : NULL;
    const ph_value_t **keys = many ? many : few;
    for (size_t i = 0; i < count; i++) {
        ph_value_entry(map, i, &keys[i]);
        if (!is_text(keys[i]))
            return false;
    }
    return are_different(keys, count);
}

static void write_value(struct json_text *text, const ph_value_t *value);

static void write_map(struct json_text *text, const ph_value_t *map)
{
    json_text_add(text, "{", 1);
    for (size_t i = 0; i < ph_value_size(map); i++) {
        const ph_value_t *key;
        const ph_value_t *item = ph_value_entry(map, i, &key);
        if (i > 0)
            json_text_comma(text);
        json_text_string(text, ph_value_string(key, ""), ph_value_size(key));
        json_text_colon(text);
        write_value(text, item);
    }
    json_text_add(text, "}", 1);
}

static void write_array(struct json_text *text, const ph_value_t *array)
{
    json_text_add(text, "[", 1);
    for (size_t i = 0; i < ph_value_size(array); i++) {
        if (i > 0)
            json_text_comma(text);
        write_value(text, ph_value_at(array, i));
    }
    json_text_add(text, "]", 1);
}

static bool is_small(const ph_value_t *value)
{
    return value->object.type != MSGPACK_OBJECT_POSITIVE_INTEGER ||
           value->object.via.u64 <= INT64_MAX;
}

static void write_value(struct json_text *text, const ph_value_t *value)
{
    enum ph_type type = ph_value_type(value);
    if (type == PH_MAP && has_plain_keys(value))
        write_map(text, value);
    else if (type == PH_ARRAY)
        write_array(text, value);
    else if (type == PH_STRING && is_text(value))
        json_text_string(text, ph_value_string(value, ""), ph_value_size(value));
    else if (type == PH_INT && is_small(value))
        json_text_integer(text, ph_value_int(value, 0));
    else if (type == PH_FLOAT && isfinite(ph_value_float(value, 0)))
        json_text_real(text, ph_value_float(value, 0));
    else
        write_tree(text, value);
}

char *ph_value_to_json(const ph_value_t *self)
{
    struct json_text text = {0};
    write_value(&text, self);
    return text.data;
}

char *wire_value_to_python_json(const ph_value_t *self)
{
    struct json_text text = {.is_python = true};
    write_value(&text, self);
    return text.data;
}
