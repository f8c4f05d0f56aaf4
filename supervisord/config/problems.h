/* problems.h - everything that is wrong with a configuration, shown at once. */
#pragma once

#include <plughost/error.h>
#include <stddef.h>
#include <stdio.h>

struct problem {
    unsigned line;   /* 0: of the whole file */
    unsigned number; /* in the order they were found */
    struct ph_error error;
};

/* Zero it before use. */
struct problems {
    struct problem *items;
    size_t count;
};

void problems_add(struct problems *self, unsigned line, const struct ph_error *error);

/* Sorts them by line and writes each as "FILE:LINE: text (hint)". */
void problems_print(struct problems *self, const char *file, FILE *out);

void problems_release(struct problems *self);
