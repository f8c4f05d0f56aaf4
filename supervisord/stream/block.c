#include "block.h"

#include <string.h>

size_t block_line_size(const char *data, size_t size)
{
    const char *newline = memchr(data, '\n', size);
    return newline ? (size_t)(newline - data) + 1 : size;
}

size_t block_lines_within(const char *data, size_t size, size_t limit)
{
    if (size <= limit)
        return size;
    const char *newline = memrchr(data, '\n', limit);
    return newline ? (size_t)(newline - data) + 1 : 0;
}

uint64_t block_count_lines(const char *data, size_t size)
{
    uint64_t count = 0;
    for (size_t at = 0; at < size; at += block_line_size(data + at, size - at))
        count++;
    return count;
}
