/* name.h - what names of methods and metrics, and topics, are made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Says whether it has 1 to `most` bytes, all of them letters, digits, '_', '-' or '.'. */
bool name_is_valid(const char *name, size_t most);
