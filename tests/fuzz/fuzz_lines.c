/* Feeds what a process writes, in blocks, to what puts a text before each line and to what keeps
 * the last ones, and does both once more in the simplest way.
 *
 * The input is a size and a text for the prefix, which is a format of times as well, and then
 * blocks: a size, how often the bytes are repeated, flags, and the bytes. */
#include <alloc.h>
#include <assert.h>
#include <stdlib.h>
#include <stream/lines.h>
#include <stream/tail.h>
#include <string.h>

enum { BYTES_MAX = 3 * TAIL_SIZE_MAX, PIDS = 3, SECONDS = 1700000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text that grows. */
struct text {
    char *bytes;
    size_t size, capacity;
};

static void append(struct text *self, const char *bytes, size_t size)
{
    if (self->size + size + 1 > self->capacity) {
        self->capacity = 2 * (self->size + size) + 64;
        self->bytes = ph_realloc_array(self->bytes, self->capacity, 1);
    }
    memcpy(self->bytes + self->size, bytes, size);
    self->size += size;
}

static void take_made(void *arg, const struct block *block)
{
    append(arg, block->data, block->size);
}

static void prefix_simply(struct text *made, const struct block *block, const char *prefix)
{
    const char *end = block->data + block->size;
    for (const char *at = block->data, *next; at < end; at = next) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        next = newline ? newline + 1 : end;
        if (at > block->data || !block->is_continued)
            append(made, prefix, strlen(prefix));
        append(made, at, (size_t)(next - at));
    }
}

static void check_prefix(const struct block *block, const char *prefix)
{
    struct text made = {0}, expected = {0};
    struct lines lines = {0};
    lines_prefix(&lines, block, prefix, take_made, &made);
    lines_release(&lines);
    prefix_simply(&expected, block, prefix);
    assert(made.size == expected.size);
    assert(made.size == 0 || memcmp(made.bytes, expected.bytes, made.size) == 0);
    free(made.bytes);
    free(expected.bytes);
}

static void check_whole_lines(const struct block *block, size_t limit)
{
    size_t size = block_lines_within(block->data, block->size, limit);
    assert(size <= block->size && (size <= limit || size == limit + 1));
    assert(size == 0 || size == block->size || block->data[size - 1] == '\n');
    assert((block->size == 0) == (block_count_lines(block->data, block->size) == 0));
}

/* The last `count` lines of a process, one by one. */
static char *last_lines_simply(const tail_t *tail, pid_t pid, unsigned count)
{
    struct text made = {0};
    struct tail_line line;
    unsigned lines = 0, at = 0;
    for (struct tail_cursor cursor = {0}; tail_next(tail, &cursor, &line);)
        lines += line.pid == pid;
    for (struct tail_cursor cursor = {0}; tail_next(tail, &cursor, &line);) {
        if (line.pid != pid || at++ + count < lines)
            continue;
        append(&made, line.data, line.size);
        for (size_t i = made.size - line.size; i < made.size; i++)
            made.bytes[i] = made.bytes[i] ? made.bytes[i] : '?';
        append(&made, "\n", 1);
    }
    append(&made, "", 1);
    return made.bytes;
}

static void check_tail(const tail_t *tail)
{
    for (pid_t pid = 0; pid < PIDS; pid++) {
        for (unsigned count = 0; count < 5; count += 2) {
            ph_cleanup(ph_freep) char *lines = tail_lines_of(tail, pid, count);
            ph_cleanup(ph_freep) char *expected = last_lines_simply(tail, pid, count);
            assert(strcmp(lines, expected) == 0);
        }
    }
}

/* Takes a block off the input, whose bytes the caller frees. */
static char *take_block(const uint8_t **data, size_t *left, struct block *block)
{
    const uint8_t *header = *data;
    if (*left < 3)
        return NULL;
    size_t size = header[0] < *left - 3 ? header[0] : *left - 3;
    char *bytes = ph_calloc(header[1] + 1U, size + 1);
    for (size_t i = 0; i <= header[1]; i++)
        memcpy(bytes + i * size, header + 3, size);
    *block = (struct block){.data = bytes,
                            .size = (header[1] + 1U) * size,
                            .pid = header[2] % PIDS,
                            .is_continued = header[2] & 0x80,
                            .stream = header[2] & 0x40 ? BLOCK_STDERR : BLOCK_STDOUT};
    *data += 3 + size;
    *left -= 3 + size;
    return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct block block;
    char stamp[LINES_STAMP_SIZE];
    if (size == 0)
        return 0;
    size_t length = data[0] % 16 < size ? data[0] % 16 : size - 1;
    ph_cleanup(ph_freep) char *prefix = ph_strndup((const char *)data + 1, length);
    size_t stamped = lines_stamp(prefix, data[0] & 0x80, SECONDS + data[0] / 256.0, stamp);
    assert(stamped == strlen(stamp));
    data += 1 + length;
    size -= 1 + length;

    ph_cleanup(tail_destroy) tail_t *tail = tail_new();
    for (size_t taken = 0; taken < BYTES_MAX; taken += block.size + 1) {
        ph_cleanup(ph_freep) char *bytes = take_block(&data, &size, &block);
        if (!bytes)
            break;
        check_prefix(&block, prefix);
        check_whole_lines(&block, block.size / 2);
        if (block.size > 0)
            tail_add(tail, &block);
    }
    check_tail(tail);
    return 0;
}
