/* tail.h - the last output of a watcher, in memory. */
#pragma once

#include "block.h"

typedef struct tail tail_t;

enum { TAIL_SIZE_MAX = 64 * 1024 }; /* with what is needed to find its way in it */

/* Takes next to no memory before the first block. The caller owns the result. */
tail_t *tail_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void tail_destroy(tail_t **self_p);

/* Keeps a copy of a block, of a large one the last lines; the oldest make room. */
void tail_add(tail_t *self, const struct block *block);

struct tail_line {
    const char *data; /* without the newline; may hold any bytes; valid until the next tail_add */
    size_t size;
    double time; /* of arrival: seconds since 1970 */
    pid_t pid;
    int wid;
    enum block_stream stream;
};

/* A place between two lines. Zero it to begin at the oldest; tail_add ends its validity. */
struct tail_cursor {
    size_t record;
    size_t at;
};

/* Moves over the next line and describes it in `*line`. Returns false when there is none. */
bool tail_next(const tail_t *self, struct tail_cursor *cursor, struct tail_line *line);

/* Returns the last `count` lines that the process `pid` wrote, each with a newline and with '?' for
 * NUL, as a text that the caller frees: "" when there are none. */
char *tail_lines_of(const tail_t *self, pid_t pid, unsigned count);
