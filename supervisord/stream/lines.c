#include "lines.h"

#include <alloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FULL_SIZE = 65536 };

void lines_release(struct lines *self)
{
    free(self->data);
    *self = (struct lines){0};
}

static void append(struct lines *self, const char *data, size_t size)
{
    if (size == 0) /* there may be no memory yet */
        return;
    if (self->size + size > self->capacity) {
        self->capacity = 2 * (self->size + size);
        self->data = ph_realloc_array(self->data, self->capacity, 1);
    }
    memcpy(self->data + self->size, data, size);
    self->size += size;
}

void lines_prefix(struct lines *self, const struct block *block, const char *prefix,
                  lines_fn *write, void *arg)
{
    size_t prefix_size = strlen(prefix);
    struct block made = *block;
    for (size_t at = 0; at < block->size;) {
        bool is_continued = made.is_continued;
        self->size = 0;
        while (at < block->size && self->size < FULL_SIZE) {
            size_t size = block_line_size(block->data + at, block->size - at);
            if (!is_continued)
                append(self, prefix, prefix_size);
            append(self, block->data + at, size);
            is_continued = false;
            at += size;
        }
        made.data = self->data;
        made.size = self->size;
        write(arg, &made);
        made.is_continued = false;
    }
}

/* strftime knows no parts of a second. Returns the format, which the caller frees. */
static char *put_microseconds(const char *format, long long us)
{
    char digits[8];
    snprintf(digits, sizeof digits, "%06lld", us);
    char *made = ph_calloc(1, 3 * strlen(format) + 1); /* two letters become six */
    char *end = made;
    for (; *format; format++) {
        if (format[0] == '%' && format[1] == 'f') {
            end = stpcpy(end, digits);
            format++;
            continue;
        }
        *end++ = *format;
        if (format[0] == '%' && format[1])
            *end++ = *++format;
    }
    return made;
}

size_t lines_stamp(const char *format, bool is_utc, double seconds, char text[LINES_STAMP_SIZE])
{
    long long us = llround(seconds * 1e6);
    time_t whole = (time_t)(us / 1000000);
    struct tm date;
    if (is_utc)
        gmtime_r(&whole, &date);
    else
        localtime_r(&whole, &date);
    ph_cleanup(ph_freep) char *complete = put_microseconds(format, us % 1000000);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* it is the user's */
    size_t length = strftime(text, LINES_STAMP_SIZE, complete, &date);
#pragma GCC diagnostic pop
    text[length] = '\0';
    return length;
}
