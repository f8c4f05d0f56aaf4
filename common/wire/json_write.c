/* Encoded msgpack as JSON, in one pass: a tree of it costs several times as much as the text. */
#include "json_write.h"

#include "../alloc.h"
#include "head.h"
#include "json.h"
#include "value.h"

#include <stdlib.h>
#include <string.h>

/* ---- keys: in JSON they are texts, and each is there once ---- */

struct key {
    enum ph_type type;
    const uint8_t *at; /* of a text its bytes, else the encoded value */
    size_t size;
};

static struct key read_key(const uint8_t *at)
{
    struct wire_head head = wire_head_read(at);
    if (head.type == PH_STRING)
        return (struct key){PH_STRING, at + head.length, head.count};
    return (struct key){head.type, at, (size_t)(wire_head_skip(at) - at)};
}

/* Another key than a text gets its JSON as a text. Within that, containers as keys are left out:
 * each level would double the text. */
static void write_key(struct json_text *text, struct key key)
{
    bool is_container = key.type == PH_MAP || key.type == PH_ARRAY;
    if (key.type == PH_STRING) {
        json_text_string(text, (const char *)key.at, key.size);
    } else if (is_container && text->is_key) {
        json_text_string(text, "null", 4);
    } else {
        struct json_text own = {.is_python = text->is_python, .is_key = true};
        json_write_value(&own, key.at);
        json_text_string(text, own.data, own.size);
        free(own.data);
    }
}

enum { FEW_KEYS = 16 };

/* The keys of one map. Most maps are small: there each is compared with all before it. */
struct keys {
    const uint8_t *first;
    uint32_t count;
    struct {
        size_t at, size;
    } few[FEW_KEYS]; /* where they are written in the text */
    bool *repeated;  /* of more keys: whether an earlier one is written the same */
};

/* A key as it is written. */
struct name {
    uint32_t index;
    const char *at;
    size_t size;
};

static int compare_texts(const struct name *one, const struct name *other)
{
    if (one->size != other->size)
        return one->size < other->size ? -1 : 1;
    return memcmp(one->at, other->at, one->size);
}

static int compare_names(const void *a, const void *b)
{
    const struct name *one = a, *other = b;
    int order = compare_texts(one, other);
    return order != 0 ? order : (one->index > other->index) - (one->index < other->index);
}

/* Writes all keys behind each other, and finds each in the text when it has stopped moving. */
static struct name *write_names(const struct keys *keys, struct json_text *text)
{
    const uint8_t *at = keys->first;
    struct name *names = ph_calloc(keys->count, sizeof *names);
    for (uint32_t i = 0; i < keys->count; i++) {
        size_t begin = text->size;
        write_key(text, read_key(at));
        names[i] = (struct name){.index = i, .size = text->size - begin};
        at = wire_head_skip(wire_head_skip(at));
    }
    const char *name = text->data;
    for (uint32_t i = 0; i < keys->count; name += names[i++].size)
        names[i].at = name;
    return names;
}

static void sort_out(struct keys *self, bool is_key)
{
    struct json_text text = {.is_key = is_key};
    ph_cleanup(ph_freep) struct name *names = write_names(self, &text);
    qsort(names, self->count, sizeof *names, compare_names);
    self->repeated = ph_calloc(self->count, sizeof *self->repeated);
    for (uint32_t i = 1; i < self->count; i++)
        self->repeated[names[i].index] = compare_texts(&names[i - 1], &names[i]) == 0;
    free(text.data);
}

/* Says whether an earlier key is written the same as this one, which stands at `at`, at the end of
 * the text. To be asked of each in its turn. */
static bool is_repeated(struct keys *self, uint32_t index, const struct json_text *text, size_t at)
{
    size_t size = text->size - at;
    if (self->repeated)
        return self->repeated[index];
    self->few[index].at = at;
    self->few[index].size = 0; /* none has, with its quotes: one that will be taken back */
    for (uint32_t i = 0; i < index; i++)
        if (self->few[i].size == size &&
            memcmp(text->data + self->few[i].at, text->data + at, size) == 0)
            return true;
    self->few[index].size = size;
    return false;
}

/* ---- values: each function returns what follows ---- */

static const uint8_t *write_entries(struct json_text *text, struct keys *keys)
{
    bool is_first = true;
    const uint8_t *at = keys->first;
    for (uint32_t i = 0; i < keys->count; i++) {
        struct key key = read_key(at);
        size_t before = text->size;
        at = key.at + key.size;
        if (!is_first)
            json_text_comma(text);
        size_t name = text->size;
        write_key(text, key);
        if (is_repeated(keys, i, text, name)) {
            text->size = before;
            at = wire_head_skip(at);
            continue;
        }
        is_first = false;
        json_text_colon(text);
        at = json_write_value(text, at);
    }
    return at;
}

const uint8_t *json_write_entries(struct json_text *text, const uint8_t *at, uint32_t count)
{
    struct keys keys;
    keys.first = at;
    keys.count = count;
    keys.repeated = NULL;
    if (count > FEW_KEYS)
        sort_out(&keys, text->is_key);
    at = write_entries(text, &keys);
    free(keys.repeated);
    return at;
}

static const uint8_t *write_map(struct json_text *text, const uint8_t *at, uint32_t count)
{
    json_text_put(text, '{');
    at = json_write_entries(text, at, count);
    json_text_put(text, '}');
    return at;
}

static const uint8_t *write_array(struct json_text *text, const uint8_t *at, uint32_t count)
{
    json_text_put(text, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            json_text_comma(text);
        at = json_write_value(text, at);
    }
    json_text_put(text, ']');
    return at;
}

static void write_integer(struct json_text *text, const uint8_t *at, uint64_t bits)
{
    bool is_large = at[0] == 0xcf && bits > INT64_MAX;
    if (is_large)
        json_text_real(text, (double)bits);
    else
        json_text_integer(text, wire_slice_int((struct wire_slice){at, 1}, 0));
}

static void write_float(struct json_text *text, const uint8_t *at, uint64_t bits)
{
    double number;
    if (at[0] == 0xca) {
        uint32_t short_bits = (uint32_t)bits;
        float short_number;
        memcpy(&short_number, &short_bits, sizeof short_number);
        number = (double)short_number;
    } else {
        memcpy(&number, &bits, sizeof number);
    }
    json_text_real(text, number);
}

const uint8_t *json_write_value(struct json_text *text, const uint8_t *at)
{
    struct wire_head head = wire_head_read(at);
    const uint8_t *content = at + head.length;
    switch (head.type) {
    case PH_MAP:
        return write_map(text, content, (uint32_t)head.count);
    case PH_ARRAY:
        return write_array(text, content, (uint32_t)head.count);
    case PH_STRING:
    case PH_BINARY:
        json_text_string(text, (const char *)content, head.count);
        return content + head.count;
    case PH_INT:
        write_integer(text, at, head.count);
        return content;
    case PH_FLOAT:
        write_float(text, at, head.count);
        return content;
    case PH_BOOL:
        json_text_word(text, at[0] == 0xc3 ? "true" : "false");
        return content;
    case PH_NIL:
        json_text_word(text, "null");
        return content;
    }
    return content;
}

char *wire_json_of(struct wire_slice value, enum wire_json_style style, size_t *size)
{
    static const uint8_t nil = 0xc0;
    struct json_text text = {.is_python = style == WIRE_JSON_PYTHON};
    json_text_reserve(&text, 2 * value.size);
    json_write_value(&text, value.at ? value.at : &nil);
    *size = text.size;
    return json_text_end(&text, '\0');
}

void json_write_tree(struct json_text *text, const ph_value_t *value)
{
    msgpack_packer packer;
    ph_cleanup(msgpack_sbuffer_destroy) msgpack_sbuffer buffer = {0};
    msgpack_packer_init(&packer, &buffer, wire_buffer_write);
    msgpack_pack_object(&packer, value->object);
    json_write_value(text, (const uint8_t *)buffer.data);
}

char *ph_value_to_json(const ph_value_t *self)
{
    struct json_text text = {0};
    if (self)
        json_write_tree(&text, self);
    else
        json_text_word(&text, "null");
    return json_text_end(&text, '\0');
}
