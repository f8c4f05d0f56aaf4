/* status.h - the table of `plughostctl status`. */
#pragma once

#include <plughost/value.h>

/* Prints one row for each entry of the `watchers` of a status reply. A terminal gets colours unless
 * NO_COLOR is set, and at most its width; anything else gets everything. */
void status_print(const ph_value_t *watchers);
