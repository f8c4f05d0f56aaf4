/* JSON into msgpack. What clients send is nearly always plain: it is turned in one pass. jansson
 * reads the rest, and what is wrong, since its messages say where and why. */
#include "../alloc.h"
#include "json.h"
#include "utf8.h"

#include <jansson.h>
#include <string.h>

bool wire_is_json(const void *data, size_t size)
{
    return size > 0 && memchr("{ \t\r\n", *(const char *)data, 5) != NULL;
}

/* ---- what is plain: no escapes in texts, no fractions, few keys in a map ---- */

enum {
    PLAIN_KEYS = 16,  /* each is compared with all before it */
    KEY_SIZE = 64,    /* of a plain key, with a NUL */
    SAFE_DIGITS = 18, /* so many fit into 64 bits */
};

struct plain {
    const char *at, *end;
    const struct wire_limits *limits;
    size_t values;
    ph_writer_t *writer;
};

struct text {
    const char *at;
    size_t size;
};

static void skip_blanks(struct plain *self)
{
    while (self->at < self->end && *self->at <= ' ' &&
           (*self->at == ' ' || *self->at == '\n' || *self->at == '\t' || *self->at == '\r'))
        self->at++;
}

/* Takes one character, and blanks before it. */
static bool take(struct plain *self, char c)
{
    skip_blanks(self);
    if (self->at == self->end || *self->at != c)
        return false;
    self->at++;
    return true;
}

static bool take_text(struct plain *self, struct text *text)
{
    if (!take(self, '"'))
        return false;
    const char *begin = self->at;
    unsigned char all = 0; /* the bits of any byte */
    for (; self->at < self->end && *self->at != '"'; self->at++) {
        if ((unsigned char)*self->at < ' ' || *self->at == '\\')
            return false;
        all |= (unsigned char)*self->at;
    }
    *text = (struct text){begin, (size_t)(self->at - begin)};
    return take(self, '"') && (all < 0x80 || wire_is_utf8(text->at, text->size));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_integer(struct plain *self, const char *key)
{
    int64_t number = 0;
    bool is_negative = *self->at == '-';
    const char *digits = self->at += is_negative;
    while (self->at < self->end && is_digit(*self->at) && self->at - digits < SAFE_DIGITS)
        number = 10 * number + (*self->at++ - '0');
    ptrdiff_t count = self->at - digits;
    bool is_whole = self->at == self->end || !memchr(".eE0123456789", *self->at, 13);
    if (count == 0 || (count > 1 && digits[0] == '0') || !is_whole)
        return false;
    ph_writer_int(self->writer, key, is_negative ? -number : number);
    return true;
}

static bool take_word(struct plain *self, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(self->end - self->at) < size || memcmp(self->at, word, size) != 0)
        return false;
    self->at += size;
    return true;
}

static bool take_string(struct plain *self, const char *key)
{
    struct text text;
    if (!take_text(self, &text))
        return false;
    ph_writer_text(self->writer, key, text.at, text.size);
    return true;
}

static bool take_array(struct plain *self, const char *key, unsigned depth);
static bool take_map(struct plain *self, const char *key, unsigned depth);

static bool take_value(struct plain *self, const char *key, unsigned depth)
{
    skip_blanks(self);
    if (self->at == self->end || ++self->values > self->limits->max_values)
        return false;
    switch (*self->at) {
    case '"':
        return take_string(self, key);
    case '{':
        return take_map(self, key, depth);
    case '[':
        return take_array(self, key, depth);
    case 't':
        ph_writer_bool(self->writer, key, true);
        return take_word(self, "true");
    case 'f':
        ph_writer_bool(self->writer, key, false);
        return take_word(self, "false");
    case 'n':
        ph_writer_nil(self->writer, key);
        return take_word(self, "null");
    default:
        return take_integer(self, key);
    }
}

static bool take_array(struct plain *self, const char *key, unsigned depth)
{
    if (depth >= self->limits->max_depth || !take(self, '['))
        return false;
    ph_writer_array(self->writer, key);
    bool is_more = !take(self, ']');
    while (is_more) {
        if (!take_value(self, NULL, depth + 1))
            return false;
        is_more = take(self, ',');
        if (!is_more && !take(self, ']'))
            return false;
    }
    ph_writer_end(self->writer);
    return true;
}

static bool is_among(struct text text, const struct text *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (texts[i].size == text.size && memcmp(texts[i].at, text.at, text.size) == 0)
            return true;
    return false;
}

/* Takes a key, the colon and the value. */
static bool take_member(struct plain *self, struct text *keys, size_t count, unsigned depth)
{
    char key[KEY_SIZE];
    if (!take_text(self, &keys[count]) || ++self->values > self->limits->max_values)
        return false;
    size_t size = keys[count].size;
    if (size >= sizeof key || is_among(keys[count], keys, count))
        return false;
    memcpy(key, keys[count].at, size);
    key[size] = '\0';
    return take(self, ':') && take_value(self, key, depth + 1);
}

static bool take_members(struct plain *self, unsigned depth)
{
    struct text keys[PLAIN_KEYS];
    if (!take(self, '{'))
        return false;
    bool is_more = !take(self, '}');
    for (size_t count = 0; is_more; count++) {
        if (count == PLAIN_KEYS || !take_member(self, keys, count, depth))
            return false;
        is_more = take(self, ',');
        if (!is_more && !take(self, '}'))
            return false;
    }
    return true;
}

static bool take_map(struct plain *self, const char *key, unsigned depth)
{
    if (depth >= self->limits->max_depth)
        return false;
    ph_writer_map(self->writer, key);
    if (!take_members(self, depth))
        return false;
    ph_writer_end(self->writer);
    return true;
}

/* Returns NULL for what is not plain, whether it is good or not. */
static ph_writer_t *pack_plain(const char *text, size_t size, const struct wire_limits *limits)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    struct plain plain = {
        .at = text, .end = text + size, .limits = limits, .values = 1, .writer = writer};
    if (!take_members(&plain, 0))
        return NULL;
    skip_blanks(&plain);
    return plain.at == plain.end ? ph_steal(&writer) : NULL;
}

/* ---- the rest ---- */

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

static ph_writer_t *pack_any(const char *text, size_t size, const struct wire_limits *limits,
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

ph_writer_t *wire_pack_json(const char *text, size_t size, const struct wire_limits *limits,
                            struct ph_error *err)
{
    ph_writer_t *plain = pack_plain(text, size, limits);
    return plain ? plain : pack_any(text, size, limits, err);
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
