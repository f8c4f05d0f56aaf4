/* python.h - texts as Circus, which is written in Python, puts them into its errors. */
#pragma once

#include <stddef.h>

/* Returns what repr() makes of a text: 'web'. The caller frees it. */
char *python_repr_text(const char *text);

/* Returns what repr() makes of bytes: b'{"id": 1}'. More than `max` are cut, with ... behind them.
 * The caller frees it. */
char *python_repr_bytes(const void *data, size_t size, size_t max);
