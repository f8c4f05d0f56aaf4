/* lines.h - text put before each line: the only place where lines are looked at one by one. */
#pragma once

#include "block.h"

/* Memory for the lines that are made. Zero it before use. */
struct lines {
    char *data;
    size_t size;
    size_t capacity;
};

typedef void lines_fn(void *arg, const struct block *block);

void lines_release(struct lines *self);

/* Calls `write` with the lines of `block`, each with `prefix` before it; what continues a line gets
 * none. A large block becomes several. */
void lines_prefix(struct lines *self, const struct block *block, const char *prefix,
                  lines_fn *write, void *arg);

enum { LINES_STAMP_SIZE = 128 };

/* Writes the time `seconds`, local or in UTC, as strftime would; %f are the microseconds. Returns
 * its length, or 0 with an empty text when there is nothing or too much to write. */
size_t lines_stamp(const char *format, bool is_utc, double seconds, char text[LINES_STAMP_SIZE]);
