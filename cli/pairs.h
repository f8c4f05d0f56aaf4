/* pairs.h - KEY=VALUE arguments of a command line become properties of any command. */
#pragma once

#include "word.h"

/* The arguments are NAME KEY=VALUE...; NAME is left alone. A value that is JSON is written as such,
 * any other as text; a key that comes more than once becomes a list. Returns 0, or -1 with
 * PH_INVALID and the usage as hint. */
int pairs_read(struct invocation *invocation, struct ph_error *err);
