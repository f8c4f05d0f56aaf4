/* notices.h - what is worth saying of a configuration that is good. */
#pragma once

#include "place.h"

#include <stddef.h>

struct notice {
    char *file;    /* NULL: the main file */
    unsigned line; /* 0: no line in particular */
    char *text;
};

/* Zero it before use. */
struct notices {
    struct notice *items;
    size_t count;
};

/* Adds one, made as by printf. The name of the place's file is copied. */
void notices_add(struct notices *self, struct place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns "FILE:LINE: text", which the caller frees. `file` is the name of the main file. */
char *notice_text(const struct notice *self, const char *file);

void notices_release(struct notices *self);
