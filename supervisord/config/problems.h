/* problems.h - everything that is wrong with a configuration, shown at once. */
#pragma once

#include "place.h"

#include <plughost/error.h>
#include <stddef.h>
#include <stdio.h>

struct problem {
    char *file;      /* NULL: the main file */
    unsigned line;   /* 0: of the whole file */
    unsigned number; /* in the order they were found */
    struct ph_error error;
};

/* Zero it before use. */
struct problems {
    struct problem *items;
    size_t count;
};

/* The name of the place's file is copied. */
void problems_add(struct problems *self, struct place place, const struct ph_error *error);

/* Returns "FILE:LINE: text (hint)", which the caller frees. `file` is the name of the main file. */
char *problem_text(const struct problem *self, const char *file);

/* Sorts them by file, the main one first, and line, and writes the text of each on a line. */
void problems_print(struct problems *self, const char *file, FILE *out);

void problems_release(struct problems *self);
