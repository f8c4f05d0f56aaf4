#include "slice.h"

#include "head.h"

#include <string.h>

struct wire_slice wire_slice_of(const void *data, size_t size)
{
    const uint8_t *at = data;
    if (size == 0)
        return (struct wire_slice){0};
    return (struct wire_slice){at, (size_t)(wire_head_skip(at) - at)};
}

enum ph_type wire_slice_type(struct wire_slice self)
{
    return self.at ? wire_head_read(self.at).type : PH_NIL;
}

struct wire_walk wire_walk(struct wire_slice container)
{
    enum ph_type type = wire_slice_type(container);
    if (type != PH_MAP && type != PH_ARRAY)
        return (struct wire_walk){0};
    struct wire_head head = wire_head_read(container.at);
    uint32_t count = (uint32_t)head.count;
    return (struct wire_walk){container.at + head.length, container.at + container.size,
                              type == PH_MAP ? 2 * count : count};
}

bool wire_walk_next(struct wire_walk *self, struct wire_slice *value)
{
    if (self->left == 0)
        return false;
    const uint8_t *end = self->left == 1 ? self->end : wire_head_skip(self->at);
    *value = (struct wire_slice){self->at, (size_t)(end - self->at)};
    self->at = end;
    self->left--;
    return true;
}

/* The first of equal keys counts. */
static void pick(struct wire_pick *picks, size_t count, const char *name, size_t size,
                 struct wire_slice value)
{
    size_t i = 0;
    while (i < count && (picks[i].size != size || memcmp(picks[i].key, name, size) != 0))
        i++;
    if (i < count && !picks[i].value.at)
        picks[i].value = value;
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
    struct wire_pick wanted = {.key = key, .size = strlen(key)};
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
    struct wire_head head = wire_head_read(self.at);
    *size = head.count;
    return (const char *)self.at + head.length;
}

int64_t wire_slice_int(struct wire_slice self, int64_t fallback)
{
    if (wire_slice_type(self) != PH_INT)
        return fallback;
    struct wire_head head = wire_head_read(self.at);
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
