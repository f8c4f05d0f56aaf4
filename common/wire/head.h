/* head.h - how an encoded value of msgpack begins; for what reads it in place. */
#pragma once

#include <plughost/value.h>
#include <stddef.h>
#include <stdint.h>

/* What a tag byte says: how many bytes of length or number follow, and what those count. */
struct wire_head {
    enum ph_type type;
    size_t length;  /* bytes of the whole head */
    uint64_t count; /* bytes of a text, entries, items; or the bits of a number */
};

/* As wire_head_read, of a tag from 0xc0 to 0xdf. */
struct wire_head wire_head_read_long(const uint8_t *at);

/* Reads the head of a value that is well formed. */
static inline struct wire_head wire_head_read(const uint8_t *at)
{
    uint8_t tag = at[0];
    if (tag <= 0x7f || tag >= 0xe0)
        return (struct wire_head){PH_INT, 1, tag};
    if (tag <= 0x8f)
        return (struct wire_head){PH_MAP, 1, tag & 0x0fU};
    if (tag <= 0x9f)
        return (struct wire_head){PH_ARRAY, 1, tag & 0x0fU};
    if (tag <= 0xbf)
        return (struct wire_head){PH_STRING, 1, tag & 0x1fU};
    return wire_head_read_long(at);
}

/* Returns what follows the value. Its depth must have been bounded. */
const uint8_t *wire_head_skip(const uint8_t *at);
