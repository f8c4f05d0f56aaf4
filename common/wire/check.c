/* Walks over encoded bytes before a decoder allocates anything for what they claim to hold. */
#include "value.h"

struct cursor {
    const uint8_t *at;
    const uint8_t *end;
    const struct wire_limits *limits;
    size_t values; /* seen so far */
    const char *wrong;
};

static bool fail(struct cursor *cursor, const char *why)
{
    cursor->wrong = why;
    return false;
}

static size_t left(const struct cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

static bool skip(struct cursor *cursor, uint64_t size)
{
    if (size > left(cursor))
        return fail(cursor, "it ends in the middle of a value");
    cursor->at += size;
    return true;
}

/* Reads a big-endian number of 1, 2, 4 or 8 bytes. */
static bool number(struct cursor *cursor, size_t bytes, uint64_t *value)
{
    if (bytes > left(cursor))
        return fail(cursor, "it ends in the middle of a value");
    *value = 0;
    for (size_t i = 0; i < bytes; i++)
        *value = *value << 8 | *cursor->at++;
    return true;
}

/* Skips a length of `bytes` bytes, `extra` bytes and as many bytes as the length says. */
static bool sized(struct cursor *cursor, size_t bytes, size_t extra)
{
    uint64_t size;
    return number(cursor, bytes, &size) && skip(cursor, size + extra);
}

static bool value(struct cursor *cursor, unsigned depth);

static bool values(struct cursor *cursor, uint64_t count, unsigned depth)
{
    if (depth >= cursor->limits->max_depth)
        return fail(cursor, "it is nested too deep");
    /* Each value takes a byte at least: a count beyond the rest is a lie told to make us
     * allocate. */
    if (count > left(cursor))
        return fail(cursor, "it ends in the middle of a value");
    for (uint64_t i = 0; i < count; i++)
        if (!value(cursor, depth + 1))
            return false;
    return true;
}

static bool counted(struct cursor *cursor, size_t bytes, unsigned per_entry, unsigned depth)
{
    uint64_t count;
    return number(cursor, bytes, &count) && values(cursor, count * per_entry, depth);
}

static bool value(struct cursor *cursor, unsigned depth)
{
    uint64_t tag;
    if (++cursor->values > cursor->limits->max_values)
        return fail(cursor, "it has too many values");
    if (!number(cursor, 1, &tag))
        return false;

    if (tag <= 0x7f || tag >= 0xe0) /* small integers */
        return true;
    if (tag <= 0x8f)
        return values(cursor, (tag & 0x0f) * 2, depth);
    if (tag <= 0x9f)
        return values(cursor, tag & 0x0f, depth);
    if (tag <= 0xbf)
        return skip(cursor, tag & 0x1f);

    switch (tag) {
    case 0xc0: /* nil, false, true */
    case 0xc2:
    case 0xc3:
        return true;
    case 0xc4: /* binary */
    case 0xc5:
    case 0xc6:
        return sized(cursor, 1U << (tag - 0xc4), 0);
    case 0xc7: /* extension: a type byte behind the length */
    case 0xc8:
    case 0xc9:
        return sized(cursor, 1U << (tag - 0xc7), 1);
    case 0xca: /* float, double */
    case 0xcb:
        return skip(cursor, 4U << (tag - 0xca));
    case 0xcc: /* unsigned, then signed integers */
    case 0xcd:
    case 0xce:
    case 0xcf:
        return skip(cursor, 1U << (tag - 0xcc));
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
        return skip(cursor, 1U << (tag - 0xd0));
    case 0xd4: /* extensions of fixed length */
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
        return skip(cursor, (1U << (tag - 0xd4)) + 1);
    case 0xd9: /* text */
    case 0xda:
    case 0xdb:
        return sized(cursor, 1U << (tag - 0xd9), 0);
    case 0xdc: /* array, map */
    case 0xdd:
        return counted(cursor, 2U << (tag - 0xdc), 1, depth);
    case 0xde:
    case 0xdf:
        return counted(cursor, 2U << (tag - 0xde), 2, depth);
    default:
        return fail(cursor, "it holds a byte that begins no value");
    }
}

static bool is_map(const uint8_t *data, size_t size)
{
    return size > 0 && ((data[0] & 0xf0) == 0x80 || data[0] == 0xde || data[0] == 0xdf);
}

int wire_check(const void *data, size_t size, const struct wire_limits *limits,
               struct ph_error *err)
{
    if (!is_map(data, size))
        return ph_error_set(err, PH_MALFORMED, "the message is not a map (%zu bytes)", size);

    const uint8_t *bytes = data;
    struct cursor cursor = {.at = bytes, .end = bytes + size, .limits = limits};
    if (!value(&cursor, 0))
        return ph_error_set(err, PH_MALFORMED, "the message is not valid msgpack: %s",
                            cursor.wrong);
    if (left(&cursor) > 0)
        return ph_error_set(err, PH_MALFORMED, "%zu bytes follow the message's map", left(&cursor));
    return 0;
}
