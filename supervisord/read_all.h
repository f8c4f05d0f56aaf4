/* read_all.h - a file in one piece, however many reads that takes. */
#pragma once

#include <sys/types.h>

/* Reads up to `size` bytes: fewer only at the end of the file. Goes on after an interruption.
 * Returns how many, or -1 with errno. */
ssize_t read_all(int fd, char *data, size_t size);
