/* slice.h - reading encoded msgpack in place: nothing is decoded, copied or allocated.
 *
 * A slice is one encoded value. What it is made of must have passed wire_check before. */
#pragma once

#include "value.h"

struct wire_slice {
    const uint8_t *at; /* NULL: there is no such value */
    size_t size;       /* of the value, without anything behind it */
};

/* Returns the slice of the value at the beginning of `size` bytes that are well formed. */
struct wire_slice wire_slice_of(const void *data, size_t size);

/* Returns the type of the value; PH_NIL for none, and for an extension. */
enum ph_type wire_slice_type(struct wire_slice self);

/* Returns the value of `key` in a map; that of the first of equal keys. */
struct wire_slice wire_slice_get(struct wire_slice map, const char *key);

/* One of several values that are looked for at once. */
struct wire_pick {
    const char *key;
    size_t size;             /* of the key */
    struct wire_slice value; /* none if there is none */
};

#define WIRE_PICK(literal)                                                                         \
    {                                                                                              \
        .key = (literal), .size = sizeof(literal) - 1                                              \
    }

/* As wire_slice_get, for several keys in one pass. */
void wire_slice_pick(struct wire_slice map, struct wire_pick *picks, size_t count);

/* Says whether the value is that text. */
bool wire_slice_is(struct wire_slice self, const char *text);

/* Returns the text, which has no NUL behind it, and its size; NULL if it is none. */
const char *wire_slice_text(struct wire_slice self, size_t *size);

/* Returns an integer, else the fallback. Above INT64_MAX is INT64_MAX. */
int64_t wire_slice_int(struct wire_slice self, int64_t fallback);

/* The entries of a map, or the items of an array, one after the other. */
struct wire_walk {
    const uint8_t *at, *end;
    uint32_t left; /* entries or items that are still to come */
};

/* Begins at the first; there is none if it is neither map nor array. */
struct wire_walk wire_walk(struct wire_slice container);

/* Takes the next value; in a map keys and values take turns. Returns false behind the last. */
bool wire_walk_next(struct wire_walk *self, struct wire_slice *value);
