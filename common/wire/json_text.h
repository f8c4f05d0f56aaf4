/* json_text.h - a text of JSON that grows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it, but for the style; `data` is the caller's to free, with a NUL behind it from the first
 * byte on. */
struct json_text {
    char *data;
    size_t size, room;
    bool is_python; /* ASCII, and blanks behind ',' and ':'; else as short as can be */
};

void json_text_add(struct json_text *self, const char *data, size_t size);

/* Adds what is between two items, or between key and value. */
void json_text_comma(struct json_text *self);
void json_text_colon(struct json_text *self);

void json_text_integer(struct json_text *self, int64_t number);

/* A number that is finite. */
void json_text_real(struct json_text *self, double number);

/* A string with its quotes; the text must be UTF-8. */
void json_text_string(struct json_text *self, const char *text, size_t size);
