#include "tail.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CAPACITY = 512,
    BLOCK_MAX = TAIL_SIZE_MAX / 4, /* of a larger block the end is kept */
    MAKE_ROOM = TAIL_SIZE_MAX / 2, /* how full it may be once the oldest are gone */
};

/* Stands before the bytes of each block; its own size keeps the next one aligned. */
struct record {
    double time;
    uint32_t size; /* of the bytes */
    pid_t pid;
    int wid;
    enum block_stream stream;
};

struct tail {
    char *data;
    size_t used;
    size_t capacity;
};

tail_t *tail_new(void)
{
    return ph_calloc(1, sizeof(tail_t));
}

void tail_destroy(tail_t **self_p)
{
    tail_t *self = *self_p;
    if (!self)
        return;
    free(self->data);
    free(self);
    *self_p = NULL;
}

static size_t padded(size_t size)
{
    return sizeof(struct record) + (size + 7) / 8 * 8;
}

static const struct record *record_at(const tail_t *self, size_t place)
{
    return (const struct record *)(const void *)(self->data + place);
}

/* Drops whole blocks, the oldest first, until `size` bytes leave it no more than MAKE_ROOM. */
static void drop_oldest(tail_t *self, size_t size)
{
    size_t dropped = 0;
    while (dropped < self->used && self->used - dropped + size > MAKE_ROOM)
        dropped += padded(record_at(self, dropped)->size);
    self->used -= dropped;
    memmove(self->data, self->data + dropped, self->used);
}

static void make_room(tail_t *self, size_t size)
{
    if (self->used + size > TAIL_SIZE_MAX)
        drop_oldest(self, size);
    if (self->used + size <= self->capacity)
        return;
    size_t capacity = self->capacity ? self->capacity : FIRST_CAPACITY;
    while (capacity < self->used + size)
        capacity *= 2;
    self->data = ph_realloc_array(self->data, capacity, 1);
    self->capacity = capacity;
}

void tail_add(tail_t *self, const struct block *block)
{
    const char *data = block->data;
    size_t size = block->size;
    if (size > BLOCK_MAX) {
        const char *cut = data + size - BLOCK_MAX;
        const char *newline = memchr(cut, '\n', BLOCK_MAX - 1);
        cut = newline ? newline + 1 : cut;
        size -= (size_t)(cut - data);
        data = cut;
    }
    make_room(self, padded(size));
    struct record record = {block->time, (uint32_t)size, block->pid, block->wid, block->stream};
    memcpy(self->data + self->used, &record, sizeof record);
    memcpy(self->data + self->used + sizeof record, data, size);
    self->used += padded(size);
}

bool tail_next(const tail_t *self, struct tail_cursor *cursor, struct tail_line *line)
{
    if (cursor->record >= self->used)
        return false;
    const struct record *record = record_at(self, cursor->record);
    const char *data = (const char *)(record + 1) + cursor->at;
    size_t size = block_line_size(data, record->size - cursor->at);
    bool has_newline = size > 0 && data[size - 1] == '\n';
    *line = (struct tail_line){
        data, size - (has_newline ? 1 : 0), record->time, record->pid, record->wid, record->stream};
    cursor->at += size;
    if (cursor->at >= record->size)
        *cursor = (struct tail_cursor){.record = cursor->record + padded(record->size)};
    return true;
}

/* Puts the places of the blocks of the process into `places`, which has room for all there are.
 * Returns how many. */
static size_t find_records(const tail_t *self, pid_t pid, uint32_t *places)
{
    size_t count = 0;
    for (size_t at = 0; at < self->used; at += padded(record_at(self, at)->size))
        if (record_at(self, at)->pid == pid)
            places[count++] = (uint32_t)at;
    return count;
}

/* Returns where the last `*left` lines of a block begin, and takes off `*left` what it has. */
static size_t last_lines(const struct record *record, unsigned *left)
{
    const char *data = (const char *)(record + 1), *newline = NULL;
    size_t at = record->size;
    while (at > 0 && *left > 0) {
        newline = memrchr(data, '\n', at - 1);
        at = newline ? (size_t)(newline - data) + 1 : 0;
        --*left;
    }
    return at;
}

static void append(char *text, size_t *size, const struct tail_line *line)
{
    for (size_t i = 0; i < line->size; i++)
        text[(*size)++] = line->data[i] ? line->data[i] : '?';
    text[(*size)++] = '\n';
}

char *tail_lines_of(const tail_t *self, pid_t pid, unsigned count)
{
    uint32_t places[TAIL_SIZE_MAX / sizeof(struct record)];
    size_t records = find_records(self, pid, places), first = records;
    struct tail_cursor from = {0};
    while (first > 0 && count > 0) {
        from.record = places[--first];
        from.at = last_lines(record_at(self, from.record), &count);
    }
    struct tail_line line;
    size_t size = 0;
    char *text = ph_calloc(self->used - from.record + 1, 1);
    while (first < records && tail_next(self, &from, &line))
        if (line.pid == pid)
            append(text, &size, &line);
    return text;
}
