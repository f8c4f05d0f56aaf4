/* plugin_memory.h - memory for plugins that have nothing to do without it: where there is none, the
 * process aborts, and the daemon starts another. What is returned belongs to the caller, who frees
 * it. */
#pragma once

#include <stddef.h>

/* Returns zeroed memory. */
void *memory_new(size_t size);

/* Returns an array of `count` things, whose first ones are those of `array`, which may be NULL and
 * is freed. */
void *memory_resize(void *array, size_t count, size_t size);

/* Returns a copy of a text, NULL for NULL. */
char *memory_copy(const char *text);

/* Returns a text made by printf's rules. */
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For ph_cleanup: frees what a variable points to. */
void memory_free(char **text_p);
