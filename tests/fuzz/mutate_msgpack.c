#include "mutate_msgpack.h"

#include <alloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <wire/head.h>
#include <wire/slice.h>

enum { MAX_DEPTH = 32, MAX_VALUES = 10000, TEXT_ROOM = 300 };

/* What takes the place of a value, as it grows. */
struct bytes {
    uint8_t *at;
    size_t size, room;
};

static void add(struct bytes *self, const void *data, size_t size)
{
    if (size > self->room - self->size) { /* too long in the end: nothing is changed then */
        self->size = self->room;
        return;
    }
    memcpy(self->at + self->size, data, size);
    self->size += size;
}

static unsigned choose(unsigned short random[3], size_t count)
{
    return (unsigned)((size_t)nrand48(random) % count);
}

/* ---- the values of the map, in the order of their beginnings ---- */

static size_t count_values(const uint8_t *at, const uint8_t *end)
{
    size_t count = 0;
    for (; at < end; count++) {
        struct wire_head head = wire_head_read(at);
        bool has_bytes = head.type == PH_STRING || head.type == PH_BINARY;
        at += head.length + (has_bytes ? head.count : 0);
    }
    return count;
}

static struct wire_slice find_value(const uint8_t *at, size_t index)
{
    for (; index > 0; index--) {
        struct wire_head head = wire_head_read(at);
        bool has_bytes = head.type == PH_STRING || head.type == PH_BINARY;
        at += head.length + (has_bytes ? head.count : 0);
    }
    return (struct wire_slice){at, (size_t)(wire_head_skip(at) - at)};
}

/* ---- what takes the place of one ---- */

/* The forms of msgpack, with the smallest and the largest that each can hold. */
static void add_simple(struct bytes *self, unsigned short random[3])
{
    static const struct {
        uint8_t size;
        char bytes[9];
    } simple[] = {
        {1, "\xc0"},
        {1, "\xc2"},
        {1, "\xc3"},
        {1, "\x00"},
        {1, "\x7f"},
        {1, "\xff"},
        {1, "\xe0"},
        {1, "\xa0"},
        {1, "\x80"},
        {1, "\x90"},
        {2, "\xa1."},
        {2, "\xa1\x00"},
        {2, "\xa1\xff"},
        {2, "\xcc\xff"},
        {3, "\xcd\xff\xff"},
        {5, "\xce\xff\xff\xff\xff"},
        {9, "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"},
        {9, "\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"},
        {2, "\xd0\x80"},
        {3, "\xd1\x80\x00"},
        {5, "\xd2\x80\x00\x00\x00"},
        {9, "\xd3\x80\x00\x00\x00\x00\x00\x00\x00"},
        {5, "\xca\x7f\x80\x00\x00"},
        {9, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"},
        {9, "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"},
        {9, "\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a"},
        {2, "\xd9\x00"},
        {3, "\xda\x00\x00"},
        {5, "\xdb\x00\x00\x00\x00"},
        {2, "\xc4\x00"},
        {3, "\xc5\x00\x00"},
        {3, "\xdc\x00\x00"},
        {3, "\xde\x00\x00"},
        {5, "\xdf\x00\x00\x00\x00"},
        {3, "\xd4\x01\x00"},
        {3, "\xc7\x00\x01"},
    };
    unsigned which = choose(random, sizeof simple / sizeof simple[0]);
    add(self, simple[which].bytes, simple[which].size);
}

/* Texts of the dictionary come in here. */
static void add_text(struct bytes *self, struct wire_slice old)
{
    uint8_t text[TEXT_ROOM];
    size_t size = 0;
    const char *was = wire_slice_text(old, &size);
    if (size > sizeof text)
        size = sizeof text;
    if (was)
        memcpy(text, was, size);
    size = LLVMFuzzerMutate(text, size, sizeof text);
    if (size < 32)
        add(self, (const uint8_t[]){(uint8_t)(0xa0 + size)}, 1);
    else
        add(self, (const uint8_t[]){0xda, (uint8_t)(size >> 8), (uint8_t)size}, 3);
    add(self, text, size);
}

static void add_head(struct bytes *self, bool is_map, size_t count)
{
    if (count < 16)
        add(self, (const uint8_t[]){(uint8_t)((is_map ? 0x80 : 0x90) + count)}, 1);
    else
        add(self, (const uint8_t[]){is_map ? 0xde : 0xdc, (uint8_t)(count >> 8), (uint8_t)count},
            3);
}

/* One of the entries or items comes twice, or not at all. */
static void add_changed(struct bytes *self, struct wire_slice old, unsigned short random[3])
{
    struct wire_head head = wire_head_read(old.at);
    bool is_map = head.type == PH_MAP;
    unsigned changed = choose(random, head.count), copies = choose(random, 2) * 2;
    const uint8_t *at = old.at + head.length;
    add_head(self, is_map, head.count - 1 + copies);
    for (unsigned i = 0; i < head.count; i++) {
        const uint8_t *next = wire_head_skip(at);
        if (is_map)
            next = wire_head_skip(next);
        for (unsigned k = i == changed ? copies : 1; k > 0; k--)
            add(self, at, (size_t)(next - at));
        at = next;
    }
}

static void add_wrapped(struct bytes *self, struct wire_slice old, unsigned short random[3])
{
    bool is_map = choose(random, 2) == 1;
    add(self, is_map ? "\x81" : "\x91", 1);
    if (is_map)
        add(self, old.at, old.size);
    add(self, old.at, old.size);
}

/* The whole stays a map. */
static void add_other(struct bytes *self, struct wire_slice old, struct wire_slice another,
                      bool is_whole, unsigned short random[3])
{
    enum { SIMPLE, TEXT, ANOTHER, WRAPPED, CHANGED, WAYS };
    enum ph_type type = wire_slice_type(old);
    bool has_items = (type == PH_MAP || type == PH_ARRAY) && wire_head_read(old.at).count > 0;
    unsigned way = is_whole ? CHANGED : choose(random, has_items ? WAYS : CHANGED);
    if (way == CHANGED && has_items)
        add_changed(self, old, random);
    else if (way == WRAPPED)
        add_wrapped(self, old, random);
    else if (way == ANOTHER)
        add(self, another.at, another.size);
    else if (way == TEXT)
        add_text(self, old);
    else if (way == SIMPLE)
        add_simple(self, random);
}

/* Returns the new size; the old one when there is no room. */
static size_t replace(uint8_t *data, size_t size, size_t max_size, struct wire_slice old,
                      const struct bytes *new)
{
    size_t before = (size_t)(old.at - data), behind = size - before - old.size;
    if (new->size == 0 || before + new->size + behind > max_size)
        return size;
    memmove(data + before + new->size, data + before + old.size, behind);
    memcpy(data + before, new->at, new->size);
    return before + new->size + behind;
}

size_t mutate_msgpack(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    static const struct wire_limits limits = {.max_depth = MAX_DEPTH, .max_values = MAX_VALUES};
    unsigned short random[3] = {(unsigned short)seed, (unsigned short)(seed >> 16), 1};
    if (choose(random, 2) == 0 || wire_check(data, size, &limits, NULL) < 0)
        return LLVMFuzzerMutate(data, size, max_size);
    size_t count = count_values(data, data + size);
    size_t index = choose(random, count);
    struct wire_slice old = find_value(data, index);
    struct wire_slice another = find_value(data, choose(random, count));
    struct bytes new = {.room = max_size + 1};
    ph_cleanup(ph_freep) uint8_t *room = ph_calloc(1, new.room);
    new.at = room;
    add_other(&new, old, another, index == 0, random);
    return replace(data, size, max_size, old, &new);
}
