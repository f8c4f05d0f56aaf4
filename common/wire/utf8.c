#include "utf8.h"

#include <stdint.h>

/* The least and the largest value that a character of so many bytes may have. */
static const struct {
    uint32_t least, largest;
} ranges[] = {[2] = {0x80, 0x7ff}, [3] = {0x800, 0xffff}, [4] = {0x10000, 0x10ffff}};

static bool is_surrogate(uint32_t value)
{
    return value >= 0xd800 && value <= 0xdfff;
}

size_t wire_utf8_length(const char *text, size_t size)
{
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t lead = bytes[0];
    if (lead < 0x80)
        return 1;
    size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc0 || lead > 0xf7 || length > size)
        return 0;

    uint32_t value = lead & (0xffU >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3fU);
    }
    bool is_good = value >= ranges[length].least && value <= ranges[length].largest;
    return is_good && !is_surrogate(value) ? length : 0;
}

bool wire_is_utf8(const char *text, size_t size)
{
    while (size > 0) {
        size_t length = wire_utf8_length(text, size);
        if (length == 0)
            return false;
        text += length;
        size -= length;
    }
    return true;
}
