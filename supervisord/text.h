/* text.h - texts that may be missing. */
#pragma once

#include <stdbool.h>

/* Says whether both are the same text, or both NULL. */
bool text_is_same(const char *a, const char *b);
