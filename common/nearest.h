/* nearest.h - "did you mean ...?" */
#pragma once

#include <stddef.h>

/* Returns how many letters must be added, left out, changed or swapped with the next to make `b` of
 * `a`; letters of either case are the same. Only the first 64 letters count. */
size_t ph_edit_distance(const char *a, const char *b);

/* Holds the best of the names shown to it. Zero it before the first. */
struct ph_nearest {
    const char *name; /* NULL: none was near */
    size_t distance;
};

/* Keeps `name` if it is near to `wanted`, at most a third of its letters off, and nearer than the
 * one before. `name` is borrowed. */
void ph_nearest_consider(struct ph_nearest *self, const char *wanted, const char *name);
