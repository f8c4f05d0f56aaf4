/* text_file.h - a whole file of a configuration in memory. */
#pragma once

#include <plughost/error.h>
#include <stddef.h>

/* Reads a file; a NUL that does not count stands behind its `*size` bytes. The caller frees the
 * result. Returns NULL and fills `err` if there is none, or something else of that name. */
char *text_file_read(const char *path, size_t *size, struct ph_error *err);
