/* json_text.h - a text of JSON that grows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Zero it, but for the style; `data` is the caller's to free. There is no NUL behind it. */
struct json_text {
    char *data;
    size_t size, room;
    bool is_python; /* ASCII, and blanks behind ',' and ':'; else as short as can be */
    bool is_key;    /* it will be the text of a key */
};

void json_text_grow(struct json_text *self, size_t size);

/* Makes room for so many bytes more, beside the last letter. */
static inline void json_text_reserve(struct json_text *self, size_t size)
{
    if (self->room - self->size <= size)
        json_text_grow(self, size);
}

void json_text_add(struct json_text *self, const char *data, size_t size);

/* Adds what needs no quotes. */
static inline void json_text_word(struct json_text *self, const char *word)
{
    json_text_add(self, word, strlen(word));
}

static inline void json_text_put(struct json_text *self, char c)
{
    json_text_reserve(self, 1);
    self->data[self->size++] = c;
}

/* Puts a last letter behind a text that is not empty, and returns it; it can be added to as if that
 * were not there. */
static inline char *json_text_end(const struct json_text *self, char last)
{
    self->data[self->size] = last; /* there is always room for it */
    return self->data;
}

/* Adds what is between two items, or between key and value. */
static inline void json_text_comma(struct json_text *self)
{
    json_text_put(self, ',');
    if (self->is_python)
        json_text_put(self, ' ');
}

static inline void json_text_colon(struct json_text *self)
{
    json_text_put(self, ':');
    if (self->is_python)
        json_text_put(self, ' ');
}

void json_text_integer(struct json_text *self, int64_t number);

/* "null" for infinity and NaN, which JSON does not know. */
void json_text_real(struct json_text *self, double number);

/* A string with its quotes. A byte that is no UTF-8 becomes U+FFFD. */
void json_text_string(struct json_text *self, const char *text, size_t size);
