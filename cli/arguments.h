/* arguments.h - arguments of a command line become the properties of a command. */
#pragma once

#include "word.h"

/* Arguments and options are those of the command's row: arguments go to the properties in their
 * order, and those that may be left out are the ones that are missing. Where a command takes a
 * `timeout`, that is the one of --timeout. Returns 0, or -1 with PH_INVALID and a hint. */
int arguments_read(struct invocation *invocation, struct ph_error *err);

/* As arguments_read for `add`: the words of a program come last, and arrive as they are. */
int arguments_read_program(struct invocation *invocation, struct ph_error *err);
