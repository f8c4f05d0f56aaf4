#include "json_text.h"

#include "../alloc.h"
#include "utf8.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 512, NUMBER_SIZE = 40 };

#define MILLION 1e6
#define MOST_WITH_MILLIONTHS 0x1p33 /* below it so many millionths fit into a double */

void json_text_grow(struct json_text *self, size_t size)
{
    size_t room = self->room == 0 ? FIRST_ROOM : 2 * self->room;
    self->room = room > self->size + size ? room : self->size + size + 1;
    self->data = ph_realloc_array(self->data, self->room, 1);
}

void json_text_add(struct json_text *self, const char *data, size_t size)
{
    json_text_reserve(self, size);
    memcpy(self->data + self->size, data, size);
    self->size += size;
}

/* ---- numbers ---- */

/* Writes the digits so that they end before `end`, at least so many. Returns where they begin. */
static char *put_digits(char *end, uint64_t number, int least)
{
    for (; number > 0 || least > 0; number /= 10, least--)
        *--end = (char)('0' + number % 10);
    return end;
}

void json_text_integer(struct json_text *self, int64_t number)
{
    char text[NUMBER_SIZE];
    char *end = text + sizeof text;
    char *begin = put_digits(end, number < 0 ? -(uint64_t)number : (uint64_t)number, 1);
    if (number < 0)
        *--begin = '-';
    json_text_add(self, begin, (size_t)(end - begin));
}

/* Most numbers are times and shares: whole millionths, of which there are few enough here that each
 * is read as a number of its own. Returns false for others. */
static bool add_millionths(struct json_text *self, double number)
{
    char text[NUMBER_SIZE];
    char *end = text + sizeof text;
    if (!(number < MOST_WITH_MILLIONTHS) || signbit(number) || (number < 1e-4 && number > 0))
        return false;
    uint64_t count = (uint64_t)(number * MILLION + 0.5);
    if ((double)count / MILLION != number)
        return false;
    char *begin = put_digits(end, count % (uint64_t)MILLION, 6);
    while (end - begin > 1 && end[-1] == '0')
        end--;
    *--begin = '.';
    begin = put_digits(begin, count / (uint64_t)MILLION, 1);
    json_text_add(self, begin, (size_t)(end - begin));
    return true;
}

static void mend_point(char *text)
{
    const char *point = localeconv()->decimal_point;
    char *at = strstr(text, point);
    if (!at)
        return;
    *at = '.';
    memmove(at + 1, at + strlen(point), strlen(at + strlen(point)) + 1);
}

/* Writes as few digits as are read as the same number, with an exponent. Returns the exponent. */
static int find_digits(double number, char text[NUMBER_SIZE], int *digits)
{
    for (*digits = isnormal(number) ? 15 : 1; *digits <= 17; (*digits)++) {
        snprintf(text, NUMBER_SIZE, "%.*e", *digits - 1, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

/* Takes zeros off the end of a fraction, but for one if `least` is 1. */
static size_t without_zeros(const char *text, size_t size, size_t least)
{
    size_t point = 0;
    while (point < size && (text[point] == '-' || (text[point] >= '0' && text[point] <= '9')))
        point++;
    while (size > point + 1 + least && text[size - 1] == '0')
        size--;
    return size == point + 1 ? point : size;
}

/* As Python writes a number. printf has the point of the locale. */
void json_text_real(struct json_text *self, double number)
{
    char text[NUMBER_SIZE];
    int digits;
    if (!isfinite(number)) {
        json_text_word(self, "null");
        return;
    }
    if (add_millionths(self, number))
        return;
    int exponent = find_digits(number, text, &digits);
    bool is_fixed = exponent >= -4 && exponent < 16;
    int decimals = digits - 1 - exponent;
    if (is_fixed)
        snprintf(text, sizeof text, "%.*f", decimals > 1 ? decimals : 1, number);
    mend_point(text);
    char *power = strchr(text, 'e');
    size_t size = power ? (size_t)(power - text) : strlen(text);
    json_text_add(self, text, without_zeros(text, size, is_fixed));
    if (power)
        json_text_add(self, power, strlen(power));
}

/* ---- strings ---- */

static void add_unit(struct json_text *self, unsigned unit)
{
    char text[NUMBER_SIZE];
    int size = snprintf(text, sizeof text, self->is_python ? "\\u%04x" : "\\u%04X", unit);
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

/* Adds what is not plain ASCII. Returns how many bytes of the text that was. */
static size_t add_special(struct json_text *self, const char *text, size_t size)
{
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    size_t length = wire_utf8_length(text, size);
    const char *letter = length > 0 ? text : replacement;
    size_t letter_length = length > 0 ? length : sizeof replacement - 1;
    if (length == 1 && *text == 0x7f && !self->is_python)
        json_text_put(self, *text);
    else if (length == 1)
        add_escaped(self, (unsigned char)*text);
    else if (self->is_python)
        add_units(self, letter, letter_length);
    else
        json_text_add(self, letter, letter_length);
    return length > 0 ? length : 1;
}

static bool is_plain(unsigned char c)
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Says the same of eight bytes at once. A byte that has its highest bit set is not plain; of the
 * others, those that are too small or the same borrow from theirs. */
static bool are_plain(uint64_t eight)
{
    uint64_t no_control = eight - EACH(0x20), no_delete = eight + EACH(1);
    uint64_t no_quote = (eight ^ EACH('"')) - EACH(1), no_slash = (eight ^ EACH('\\')) - EACH(1);
    return ((eight | no_control | no_delete | no_quote | no_slash) & EACH(0x80)) == 0;
}

/* Returns how many bytes were plain and copied. Texts are short: this is faster than memcpy. */
static size_t copy_plain(char *to, const char *text, size_t size)
{
    size_t count = 0;
    for (uint64_t eight; size - count >= sizeof eight; count += sizeof eight) {
        memcpy(&eight, text + count, sizeof eight);
        if (!are_plain(eight))
            break;
        memcpy(to + count, &eight, sizeof eight);
    }
    for (; count < size && is_plain((unsigned char)text[count]); count++)
        to[count] = text[count];
    return count;
}

void json_text_string(struct json_text *self, const char *text, size_t size)
{
    json_text_reserve(self, size + 2);
    self->data[self->size++] = '"';
    for (size_t at = 0; at < size;) {
        json_text_reserve(self, size - at);
        size_t plain = copy_plain(self->data + self->size, text + at, size - at);
        self->size += plain;
        at += plain;
        if (at < size)
            at += add_special(self, text + at, size - at);
    }
    json_text_put(self, '"');
}
