/* text_file.h - a whole file of a configuration in memory. */
#pragma once

#include <plughost/error.h>
#include <stddef.h>

/* Reads a file; a NUL that does not count stands behind its `*size` bytes. The caller frees the
 * result. Returns NULL and fills `err` if there is none, or something else of that name. */
char *text_file_read(const char *path, size_t *size, struct ph_error *err);

/* Has a file hold `text`, at once: whoever reads it sees the old text or the new one, and so it is
 * after a loss of power. A link stays one: the file that it leads to is replaced. Returns 0, or -1
 * with `err` filled and the file as it was. */
int text_file_replace(const char *path, const char *text, struct ph_error *err);
