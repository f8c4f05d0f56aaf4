#include "utf8.h"

#include <stdint.h>
#include <string.h>

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
    const char *end = text + size;
    while (text < end) {
        bool is_ascii = (unsigned char)*text < 0x80; /* as nearly all are */
        size_t length = is_ascii ? 1 : wire_utf8_length(text, (size_t)(end - text));
        if (length == 0)
            return false;
        text += length;
    }
    return true;
}

static bool is_control(const char *text, size_t length)
{
    const uint8_t *bytes = (const uint8_t *)text;
    if (length == 2) /* U+0080 to U+009F steer terminals too */
        return bytes[0] == 0xc2 && bytes[1] < 0xa0;
    return length == 1 && (bytes[0] < ' ' || bytes[0] == 127);
}

void ph_text_mend(char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t length = wire_utf8_length(text, left);
        size_t step = length > 0 ? length : 1;
        if (length == 0 || is_control(text, length))
            memset(text, '?', step);
        text += step;
        left -= step;
    }
}
