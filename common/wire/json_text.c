#include "json_text.h"

#include "../alloc.h"
#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512, NUMBER_SIZE = 40 };

void json_text_add(struct json_text *self, const char *data, size_t size)
{
    if (self->room - self->size <= size) {
        size_t room = self->room == 0 ? FIRST_ROOM : 2 * self->room;
        self->room = room > self->size + size ? room : self->size + size + 1;
        self->data = ph_realloc_array(self->data, self->room, 1);
    }
    memcpy(self->data + self->size, data, size);
    self->size += size;
    self->data[self->size] = '\0';
}

void json_text_comma(struct json_text *self)
{
    json_text_add(self, ", ", self->is_python ? 2 : 1);
}

void json_text_colon(struct json_text *self)
{
    json_text_add(self, ": ", self->is_python ? 2 : 1);
}

void json_text_integer(struct json_text *self, int64_t number)
{
    char text[NUMBER_SIZE];
    int size = snprintf(text, sizeof text, "%" PRId64, number);
    json_text_add(self, text, (size_t)size);
}

/* Takes '+' and leading zeros out of an exponent. */
static void shorten_exponent(char *exponent)
{
    char *from = exponent + 1;
    char *to = from + (*from == '-');
    from += *from == '-' || *from == '+';
    from += strspn(from, "0");
    memmove(to, from, strlen(from) + 1);
}

void json_text_real(struct json_text *self, double number)
{
    char text[NUMBER_SIZE];
    /* As few digits as are read as the same number. */
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    char *exponent = strchr(text, 'e');
    if (exponent)
        shorten_exponent(exponent);
    else if (!strchr(text, '.'))
        memcpy(text + strlen(text), ".0", sizeof ".0");
    json_text_add(self, text, strlen(text));
}

/* ---- strings ---- */

static void add_unit(struct json_text *self, unsigned unit)
{
    char text[NUMBER_SIZE];
    int size = snprintf(text, sizeof text, "\\u%04X", unit);
    json_text_add(self, text, (size_t)size);
}

static void add_escaped(struct json_text *self, unsigned char c)
{
    static const char letters[] = "\"\\\b\f\n\r\t";
    static const char names[] = "\"\\bfnrt";
    const char *found = c ? strchr(letters, c) : NULL;
    if (found)
        json_text_add(self, (const char[]){'\\', names[found - letters]}, 2);
    else
        add_unit(self, c);
}

/* Adds a letter of several bytes as one or two units of UTF-16. */
static void add_units(struct json_text *self, const char *text, size_t length)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t letter = (unsigned char)text[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        letter = letter << 6 | ((unsigned char)text[i] & 0x3fU);
    if (letter < 0x10000) {
        add_unit(self, letter);
        return;
    }
    letter -= 0x10000;
    add_unit(self, 0xd800 + (letter >> 10));
    add_unit(self, 0xdc00 + (letter & 0x3ff));
}

static bool is_plain(const struct json_text *self, unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || !self->is_python);
}

void json_text_string(struct json_text *self, const char *text, size_t size)
{
    json_text_add(self, "\"", 1);
    for (size_t at = 0; at < size;) {
        size_t plain = 0;
        while (at + plain < size && is_plain(self, (unsigned char)text[at + plain]))
            plain++;
        json_text_add(self, text + at, plain);
        at += plain;
        if (at == size)
            break;
        size_t length = wire_utf8_length(text + at, size - at);
        if ((unsigned char)text[at] < 0x80)
            add_escaped(self, (unsigned char)text[at]);
        else
            add_units(self, text + at, length);
        at += length;
    }
    json_text_add(self, "\"", 1);
}
