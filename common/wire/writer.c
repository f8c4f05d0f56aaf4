/* Builds a map without knowing beforehand how many entries it will have: a header of one byte is
 * left free, and a map that turns out larger than that can say is moved up by what it needs. JSON
 * is written as such from the beginning: making it of msgpack would cost as much again. */
#include "writer.h"
#include "../alloc.h"
#include "json_text.h"
#include "json_write.h"
#include "value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    OUTER_HEADER = 5, /* room before the body for the largest header */
    MAX_OPEN = 32,    /* what decoders accept */
    FIX_COUNT = 15,   /* the most entries that a header of one byte can say */
    FIX_TEXT = 31,    /* the most bytes of a text that one can say */
    FIRST_SIZE = 256, /* most messages are small, and msgpack-c would begin with 8 KiB */
    KEEP_SIZE = 65536,
};

struct container {
    size_t at; /* where its content begins */
    uint32_t count;
    bool is_map;
};

struct ph_writer {
    msgpack_sbuffer buffer;
    msgpack_packer packer;
    struct json_text json;
    bool is_json; /* and the buffer is not used */
    struct container open[MAX_OPEN];
    unsigned depth; /* of the innermost open container; 0 is the body */
};

static void grow(msgpack_sbuffer *self, size_t size)
{
    size_t twice = 2 * self->alloc, needed = self->size + size;
    self->alloc = twice > needed ? twice : needed;
    self->data = ph_realloc_array(self->data, self->alloc, 1);
}

/* Returns where the next `size` bytes go. */
static char *reserve(msgpack_sbuffer *self, size_t size)
{
    if (self->alloc - self->size < size)
        grow(self, size);
    return self->data + self->size;
}

int wire_buffer_write(void *buffer, const char *data, size_t size)
{
    msgpack_sbuffer *self = buffer;
    memcpy(reserve(self, size), data, size);
    self->size += size;
    return 0;
}

static msgpack_sbuffer new_buffer(void)
{
    return (msgpack_sbuffer){.data = ph_calloc(1, FIRST_SIZE), .alloc = FIRST_SIZE};
}

ph_writer_t *ph_writer_new(void)
{
    ph_writer_t *self = ph_calloc(1, sizeof *self);
    self->buffer = new_buffer();
    msgpack_packer_init(&self->packer, &self->buffer, wire_buffer_write);
    wire_buffer_write(&self->buffer, "\0\0\0\0", OUTER_HEADER);
    self->open[0] = (struct container){.at = OUTER_HEADER, .is_map = true};
    return self;
}

ph_writer_t *wire_writer_new_json(void)
{
    ph_writer_t *self = ph_calloc(1, sizeof *self);
    self->is_json = true;
    ph_writer_clear(self);
    return self;
}

ph_writer_t *wire_writer_new_as(const ph_writer_t *other)
{
    return other->is_json ? wire_writer_new_json() : ph_writer_new();
}

void ph_writer_destroy(ph_writer_t **self_p)
{
    if (!*self_p)
        return;
    msgpack_sbuffer_destroy(&(*self_p)->buffer);
    free((*self_p)->json.data);
    free(*self_p);
    *self_p = NULL;
}

static void clear_json(struct json_text *self)
{
    if (self->room > KEEP_SIZE) {
        free(self->data);
        *self = (struct json_text){0};
    }
    self->size = 0;
    json_text_put(self, '{');
}

static void clear_buffer(msgpack_sbuffer *self)
{
    if (self->alloc > KEEP_SIZE) {
        msgpack_sbuffer_destroy(self);
        *self = new_buffer();
    }
    self->size = OUTER_HEADER;
}

void ph_writer_clear(ph_writer_t *self)
{
    if (self->is_json)
        clear_json(&self->json);
    else
        clear_buffer(&self->buffer);
    self->open[0] = (struct container){.at = OUTER_HEADER, .is_map = true};
    self->depth = 0;
}

size_t wire_writer_held_bytes(const ph_writer_t *self)
{
    return sizeof *self + self->buffer.alloc + self->json.room;
}

/* Nearly all that is written is short texts, keys above all: these cost one call less for the head
 * and one for the body. */
static void pack_text(ph_writer_t *self, const char *data, size_t size)
{
    if (size > FIX_TEXT) {
        msgpack_pack_str(&self->packer, size);
        msgpack_pack_str_body(&self->packer, data, size);
        return;
    }
    char *at = reserve(&self->buffer, 1 + size);
    at[0] = (char)(0xa0U | size);
    memcpy(at + 1, data, size);
    self->buffer.size += 1 + size;
}

/* Counts the entry that is about to be written, and writes its key. */
static void begin_entry(ph_writer_t *self, const char *key)
{
    struct container *container = &self->open[self->depth];
    assert(container->is_map == (key != NULL));
    if (container->count++ > 0 && self->is_json)
        json_text_comma(&self->json);
    if (key && self->is_json) {
        json_text_string(&self->json, key, strlen(key));
        json_text_colon(&self->json);
    } else if (key) {
        pack_text(self, key, strlen(key));
    }
}

void ph_writer_nil(ph_writer_t *self, const char *key)
{
    begin_entry(self, key);
    if (self->is_json)
        json_text_word(&self->json, "null");
    else
        msgpack_pack_nil(&self->packer);
}

void ph_writer_bool(ph_writer_t *self, const char *key, bool value)
{
    begin_entry(self, key);
    if (self->is_json)
        json_text_word(&self->json, value ? "true" : "false");
    else if (value)
        msgpack_pack_true(&self->packer);
    else
        msgpack_pack_false(&self->packer);
}

void ph_writer_int(ph_writer_t *self, const char *key, int64_t value)
{
    begin_entry(self, key);
    if (self->is_json)
        json_text_integer(&self->json, value);
    else
        msgpack_pack_int64(&self->packer, value);
}

void ph_writer_float(ph_writer_t *self, const char *key, double value)
{
    begin_entry(self, key);
    if (self->is_json)
        json_text_real(&self->json, value);
    else
        msgpack_pack_double(&self->packer, value);
}

void ph_writer_string(ph_writer_t *self, const char *key, const char *value)
{
    if (value)
        ph_writer_text(self, key, value, strlen(value));
    else
        ph_writer_nil(self, key);
}

void ph_writer_text(ph_writer_t *self, const char *key, const char *data, size_t size)
{
    begin_entry(self, key);
    if (self->is_json)
        json_text_string(&self->json, data, size);
    else
        pack_text(self, data, size);
}

void ph_writer_binary(ph_writer_t *self, const char *key, const void *data, size_t size)
{
    begin_entry(self, key);
    if (self->is_json) {
        json_text_string(&self->json, data, size);
        return;
    }
    msgpack_pack_bin(&self->packer, size);
    msgpack_pack_bin_body(&self->packer, data, size);
}

void ph_writer_value(ph_writer_t *self, const char *key, const ph_value_t *value)
{
    if (!value) {
        ph_writer_nil(self, key);
        return;
    }
    begin_entry(self, key);
    if (self->is_json)
        json_write_tree(&self->json, value);
    else
        msgpack_pack_object(&self->packer, value->object);
}

void ph_writer_format(ph_writer_t *self, const char *key, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    ph_writer_string(self, key, text);
}

static void writer_open(ph_writer_t *self, const char *key, bool is_map)
{
    assert(self->depth + 1 < MAX_OPEN);
    begin_entry(self, key);
    if (self->is_json)
        json_text_put(&self->json, is_map ? '{' : '[');
    else
        wire_buffer_write(&self->buffer, "", 1);
    self->open[++self->depth] = (struct container){.at = self->buffer.size, .is_map = is_map};
}

void ph_writer_map(ph_writer_t *self, const char *key)
{
    writer_open(self, key, true);
}

void ph_writer_array(ph_writer_t *self, const char *key)
{
    writer_open(self, key, false);
}

/* Returns the number of bytes that the header of `count` entries takes. */
static size_t header_size(uint32_t count)
{
    if (count <= FIX_COUNT)
        return 1;
    return count <= UINT16_MAX ? 3 : 5;
}

static void put_header(char *at, const struct container *container)
{
    uint32_t count = container->count;
    size_t size = header_size(count);
    if (size == 1) {
        at[0] = (char)((container->is_map ? 0x80U : 0x90U) | count);
        return;
    }
    at[0] = (char)((container->is_map ? 0xdeU : 0xdcU) + (size == 5));
    for (size_t i = size - 1; i > 0; i--, count >>= 8)
        at[i] = (char)(count & 0xffU);
}

/* Puts the header before the content. */
static void close_container(ph_writer_t *self, const struct container *container)
{
    size_t more = header_size(container->count) - 1;
    size_t content = self->buffer.size - container->at;
    if (more > 0) {
        wire_buffer_write(&self->buffer, "\0\0\0\0", more);
        char *data = self->buffer.data + container->at;
        memmove(data + more, data, content);
    }
    put_header(self->buffer.data + container->at - 1, container);
}

void ph_writer_end(ph_writer_t *self)
{
    assert(self->depth > 0);
    const struct container *container = &self->open[self->depth--];
    if (self->is_json)
        json_text_put(&self->json, container->is_map ? '}' : ']');
    else
        close_container(self, container);
}

static void merge_json(ph_writer_t *self, const struct json_text *entries)
{
    if (self->open[self->depth].count > 0)
        json_text_comma(&self->json);
    json_text_add(&self->json, entries->data + 1, entries->size - 1);
}

void ph_writer_merge(ph_writer_t *self, const ph_writer_t *entries)
{
    uint32_t count = entries ? entries->open[0].count : 0;
    assert(self->open[self->depth].is_map && (!entries || entries->depth == 0));
    if (count == 0)
        return;
    if (entries->is_json != self->is_json) {
        size_t size;
        const void *data = ph_writer_data(entries, &size);
        assert(self->is_json); /* JSON does not become msgpack */
        wire_write_entries(self, (struct wire_slice){data, size});
        return;
    }
    if (self->is_json)
        merge_json(self, &entries->json);
    else
        wire_buffer_write(&self->buffer, entries->buffer.data + OUTER_HEADER,
                          entries->buffer.size - OUTER_HEADER);
    self->open[self->depth].count += count;
}

void wire_write_slice(ph_writer_t *self, const char *key, struct wire_slice value)
{
    if (!value.at) {
        ph_writer_nil(self, key);
        return;
    }
    begin_entry(self, key);
    if (self->is_json)
        json_write_value(&self->json, value.at);
    else
        wire_buffer_write(&self->buffer, (const char *)value.at, value.size);
}

void wire_write_entries(ph_writer_t *self, struct wire_slice map)
{
    struct wire_walk walk = wire_walk(map);
    struct container *container = &self->open[self->depth];
    assert(container->is_map);
    if (walk.left == 0)
        return;
    if (!self->is_json) {
        wire_buffer_write(&self->buffer, (const char *)walk.at, (size_t)(walk.end - walk.at));
    } else {
        if (container->count > 0)
            json_text_comma(&self->json);
        json_write_entries(&self->json, walk.at, walk.left / 2);
    }
    container->count += walk.left / 2;
}

const void *ph_writer_data(const ph_writer_t *self, size_t *size)
{
    assert(self->depth == 0);
    if (self->is_json) {
        *size = self->json.size + 1;
        return json_text_end(&self->json, '}');
    }
    size_t header = header_size(self->open[0].count);
    char *start = self->buffer.data + OUTER_HEADER - header;
    put_header(start, &self->open[0]);
    *size = self->buffer.size - OUTER_HEADER + header;
    return start;
}
