/* why.h - `plughostctl why`: how watchers came to be as they are, as one chain for each. */
#pragma once

#include <plughost/value.h>

/* Prints the `watchers` of a reply, each with its deaths, the newest last. */
void why_print(const ph_value_t *watchers);
