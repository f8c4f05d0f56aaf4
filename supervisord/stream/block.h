/* block.h - a piece of what a process wrote, on its way to where it is kept. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum block_stream { BLOCK_STDOUT, BLOCK_STDERR };

/* Any number of whole lines. Only of a line that is too long to be kept it is a piece: then it does
 * not end with a newline, and the next block of that stream is continued. Valid for one call. */
struct block {
    const char *data;
    size_t size;
    double time; /* of arrival: seconds since 1970 */
    const char *watcher;
    pid_t pid;
    int wid;
    bool has_siblings; /* the watcher has more processes than this one */
    enum block_stream stream;
    bool is_continued; /* it begins within a line */
};

/* Returns the size of the first line, with its newline if it has one. */
size_t block_line_size(const char *data, size_t size);

/* Returns the size of as many whole lines as fit into `limit` bytes; 0 if the first does not. */
size_t block_lines_within(const char *data, size_t size, size_t limit);

/* Returns how many lines there are; a last one without a newline counts. */
uint64_t block_count_lines(const char *data, size_t size);
