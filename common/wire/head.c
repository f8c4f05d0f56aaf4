#include "head.h"

static uint64_t big_endian(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

/* A length or a number stands in the head, behind the tag. */
static struct wire_head with_number(enum ph_type type, const uint8_t *at, size_t bytes)
{
    return (struct wire_head){type, 1 + bytes, big_endian(at + 1, bytes)};
}

static struct wire_head extension(const uint8_t *at, size_t bytes)
{
    return (struct wire_head){PH_NIL, 2 + bytes + big_endian(at + 1, bytes), 0};
}

struct wire_head wire_head_read_long(const uint8_t *at)
{
    uint8_t tag = at[0];
    if (tag >= 0xdc) /* array, map */
        return with_number(tag < 0xde ? PH_ARRAY : PH_MAP, at, 2U << (tag & 1));
    if (tag >= 0xd9)
        return with_number(PH_STRING, at, 1U << (tag - 0xd9));
    if (tag >= 0xd4) /* extensions of fixed length */
        return (struct wire_head){PH_NIL, 2 + (1U << (tag - 0xd4)), 0};
    if (tag >= 0xcc)
        return with_number(PH_INT, at, 1U << (tag & 3));
    if (tag >= 0xca)
        return with_number(PH_FLOAT, at, 4U << (tag - 0xca));
    if (tag >= 0xc7)
        return extension(at, 1U << (tag - 0xc7));
    if (tag >= 0xc4)
        return with_number(PH_BINARY, at, 1U << (tag - 0xc4));
    return (struct wire_head){tag == 0xc0 ? PH_NIL : PH_BOOL, 1, 0};
}

const uint8_t *wire_head_skip(const uint8_t *at)
{
    struct wire_head head = wire_head_read(at);
    at += head.length;
    if (head.type == PH_STRING || head.type == PH_BINARY)
        return at + head.count;
    uint64_t values = head.type == PH_MAP ? 2 * head.count : head.type == PH_ARRAY ? head.count : 0;
    for (; values > 0; values--)
        at = wire_head_skip(at);
    return at;
}
