#include "slice.h"

#include <string.h>

/* What a tag byte says: how many bytes of length or number follow, and what those count. */
struct head {
    enum ph_type type;
    size_t length;  /* bytes of the whole head */
    uint64_t count; /* bytes of a text, entries, items; or the bits of a number */
};

static uint64_t big_endian(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* A length or a number stands in the head, behind the tag. */
static struct head with_number(enum ph_type type, const uint8_t *at, size_t bytes)
{
    return (struct head){type, 1 + bytes, big_endian(at + 1, bytes)};
}

static struct head extension(const uint8_t *at, size_t bytes)
{
    return (struct head){PH_NIL, 2 + bytes + big_endian(at + 1, bytes), 0};
}

static struct head read_long_head(const uint8_t *at)
{
    uint8_t tag = at[0];
    if (tag >= 0xdc) /* array, map */
        return with_number(tag < 0xde ? PH_ARRAY : PH_MAP, at, 2U << (tag & 1));
    if (tag >= 0xd9)
        return with_number(PH_STRING, at, 1U << (tag - 0xd9));
    if (tag >= 0xd4) /* extensions of fixed length */
        return (struct head){PH_NIL, 2 + (1U << (tag - 0xd4)), 0};
    if (tag >= 0xcc)
        return with_number(PH_INT, at, 1U << (tag & 3));
    if (tag >= 0xca)
        return with_number(PH_FLOAT, at, 4U << (tag - 0xca));
    if (tag >= 0xc7)
        return extension(at, 1U << (tag - 0xc7));
    if (tag >= 0xc4)
        return with_number(PH_BINARY, at, 1U << (tag - 0xc4));
    return (struct head){tag == 0xc0 ? PH_NIL : PH_BOOL, 1, 0};
}

static struct head read_head(const uint8_t *at)
{
    uint8_t tag = at[0];
    if (tag <= 0x7f || tag >= 0xe0)
        return (struct head){PH_INT, 1, tag};
    if (tag <= 0x8f)
        return (struct head){PH_MAP, 1, tag & 0x0fU};
    if (tag <= 0x9f)
        return (struct head){PH_ARRAY, 1, tag & 0x0fU};
    if (tag <= 0xbf)
        return (struct head){PH_STRING, 1, tag & 0x1fU};
    return read_long_head(at);
}

/* Returns what follows the value. wire_check has bounded the depth. */
static const uint8_t *skip(const uint8_t *at)
{
    struct head head = read_head(at);
    at += head.length;
    if (head.type == PH_STRING || head.type == PH_BINARY)
        return at + head.count;
    uint64_t values = head.type == PH_MAP ? 2 * head.count : head.type == PH_ARRAY ? head.count : 0;
    for (; values > 0; values--)
        at = skip(at);
    return at;
}

struct wire_slice wire_slice_of(const void *data, size_t size)
{
    const uint8_t *at = data;
    if (size == 0)
        return (struct wire_slice){0};
    return (struct wire_slice){at, (size_t)(skip(at) - at)};
}

enum ph_type wire_slice_type(struct wire_slice self)
{
    return self.at ? read_head(self.at).type : PH_NIL;
}

struct wire_walk wire_walk(struct wire_slice container)
{
    enum ph_type type = wire_slice_type(container);
    if (type != PH_MAP && type != PH_ARRAY)
        return (struct wire_walk){0};
    struct head head = read_head(container.at);
    uint32_t count = (uint32_t)head.count;
    return (struct wire_walk){container.at + head.length, container.at + container.size,
                              type == PH_MAP ? 2 * count : count};
}

bool wire_walk_next(struct wire_walk *self, struct wire_slice *value)
{
    if (self->left == 0)
        return false;
    const uint8_t *end = skip(self->at);
    *value = (struct wire_slice){self->at, (size_t)(end - self->at)};
    self->at = end;
    self->left--;
    return true;
}

/* The first of equal keys counts. */
static void pick(struct wire_pick *picks, size_t count, const char *name, size_t size,
                 struct wire_slice value)
{
    for (size_t i = 0; i < count; i++) {
        const char *key = picks[i].key;
        if (!picks[i].value.at && strlen(key) == size && memcmp(key, name, size) == 0)
            picks[i].value = value;
    }
}

void wire_slice_pick(struct wire_slice map, struct wire_pick *picks, size_t count)
{
    size_t size = 0;
    struct wire_slice name, value;
    for (size_t i = 0; i < count; i++)
        picks[i].value = (struct wire_slice){0};
    if (wire_slice_type(map) != PH_MAP)
        return;
    struct wire_walk walk = wire_walk(map);
    while (wire_walk_next(&walk, &name) && wire_walk_next(&walk, &value)) {
        const char *text = wire_slice_text(name, &size);
        if (text)
            pick(picks, count, text, size, value);
    }
}

struct wire_slice wire_slice_get(struct wire_slice map, const char *key)
{
    struct wire_pick wanted = {.key = key};
    wire_slice_pick(map, &wanted, 1);
    return wanted.value;
}

bool wire_slice_is(struct wire_slice self, const char *text)
{
    size_t size;
    const char *own = wire_slice_text(self, &size);
    return own && strlen(text) == size && memcmp(own, text, size) == 0;
}

const char *wire_slice_text(struct wire_slice self, size_t *size)
{
    if (wire_slice_type(self) != PH_STRING)
        return NULL;
    struct head head = read_head(self.at);
    *size = head.count;
    return (const char *)self.at + head.length;
}

int64_t wire_slice_int(struct wire_slice self, int64_t fallback)
{
    if (wire_slice_type(self) != PH_INT)
        return fallback;
    struct head head = read_head(self.at);
    uint8_t tag = self.at[0];
    if (tag >= 0xe0)
        return (int8_t)tag;
    if (tag == 0xd0)
        return (int8_t)head.count;
    if (tag == 0xd1)
        return (int16_t)head.count;
    if (tag == 0xd2)
        return (int32_t)head.count;
    if (tag == 0xd3)
        return (int64_t)head.count;
    return head.count > INT64_MAX ? INT64_MAX : (int64_t)head.count;
}
