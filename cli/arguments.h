/* arguments.h - arguments of a command line become the properties of a command. */
#pragma once

#include "word.h"

/* The arguments are names: they fill the first property of the command's row, --wait its
 * `waiting`. Returns 0, or -1 with PH_INVALID and the usage as hint: too many arguments, or a
 * --wait that the command does not know. */
int arguments_read_names(struct invocation *invocation, struct ph_error *err);

/* The arguments are NAME KEY=VALUE...; NAME is left alone. A value that is JSON is written as such,
 * any other as text; a key that comes more than once becomes a list. Returns 0, or -1 with
 * PH_INVALID. */
int arguments_read_pairs(struct invocation *invocation, struct ph_error *err);
