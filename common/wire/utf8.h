/* utf8.h - is it text? */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Returns how many of the `size` bytes at `text`, at least one, make one character; 0: none
 * does. */
size_t wire_utf8_length(const char *text, size_t size);

/* Says whether all of it is UTF-8. A NUL is a character too. */
bool wire_is_utf8(const char *text, size_t size);

/* Replaces each byte that is not printable text by '?': control characters, and what is no UTF-8
 * because it was cut or never was. Messages and logs repeat the bytes of others. */
void ph_text_mend(char *text);
