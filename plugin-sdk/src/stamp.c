#include "stamp.h"

#include <string.h>

/* The encoded bytes that were not looked at yet. */
struct bytes {
    const uint8_t *at;
    size_t left;
};

static bool skip(struct bytes *bytes, size_t size)
{
    if (size > bytes->left)
        return false;
    bytes->at += size;
    bytes->left -= size;
    return true;
}

static bool skip_text(struct bytes *bytes, const char *text, size_t size)
{
    return size <= bytes->left && memcmp(bytes->at, text, size) == 0 && skip(bytes, size);
}

static bool skip_map_header(struct bytes *bytes)
{
    if (bytes->left == 0)
        return false;
    uint8_t tag = bytes->at[0];
    if ((tag & 0xf0) == 0x80)
        return (tag & 0x0f) >= 3 && skip(bytes, 1);
    return (tag == 0xde && skip(bytes, 3)) || (tag == 0xdf && skip(bytes, 5));
}

static bool read_big_endian(struct bytes *bytes, size_t size, uint64_t *value)
{
    if (size > bytes->left)
        return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value = *value << 8 | bytes->at[i];
    return skip(bytes, size);
}

static bool read_double(struct bytes *bytes, double *value)
{
    uint64_t bits;
    if (!skip_text(bytes, "\xcb", 1) || !read_big_endian(bytes, sizeof bits, &bits))
        return false;
    memcpy(value, &bits, sizeof bits);
    return true;
}

static bool read_text(struct bytes *bytes, char text[EPOCH_SIZE])
{
    if (bytes->left == 0 || (bytes->at[0] & 0xe0) != 0xa0)
        return false;
    size_t size = bytes->at[0] & 0x1f;
    if (size >= bytes->left)
        return false;
    memcpy(text, bytes->at + 1, size);
    text[size] = '\0';
    return skip(bytes, 1 + size);
}

/* Reads an integer of 0 or more. */
static bool read_number(struct bytes *bytes, uint64_t *value)
{
    if (bytes->left == 0)
        return false;
    uint8_t tag = bytes->at[0];
    skip(bytes, 1);
    if (tag <= 0x7f) {
        *value = tag;
        return true;
    }
    return tag >= 0xcc && tag <= 0xcf && read_big_endian(bytes, (size_t)1 << (tag - 0xcc), value);
}

bool stamp_read(struct stamp *self, const void *body, size_t size)
{
    struct bytes bytes = {.at = body, .left = size};
    return skip_map_header(&bytes) && skip_text(&bytes, "\xa4time", 5) &&
           read_double(&bytes, &self->time) &&
           skip_text(&bytes,
                     "\xa5"
                     "epoch",
                     6) &&
           read_text(&bytes, self->epoch) && skip_text(&bytes, "\xa3seq", 4) &&
           read_number(&bytes, &self->seq);
}
