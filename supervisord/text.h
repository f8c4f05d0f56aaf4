/* text.h - texts that may be missing, and lists of them. */
#pragma once

#include <stdbool.h>

/* Says whether both are the same text, or both NULL. */
bool text_is_same(const char *a, const char *b);

/* Appends an item to the list `*list_p`, behind a separator unless it is the first: then the list
 * is NULL. The caller frees the list. */
void text_append(char **list_p, const char *separator, const char *item);
