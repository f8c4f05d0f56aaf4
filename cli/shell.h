/* shell.h - commands line by line: at a terminal with editing, history and completion, otherwise as
 * they come.
 *
 * Each command runs in a process of its own, so that Ctrl-C ends it and not the shell. */
#pragma once

#include "options.h"

/* Says whether somebody sits at stdin and stdout, so that a shell is of use. */
bool shell_is_wanted(void);

/* Reads and runs lines until there are no more. `options` holds what was given for all of them.
 * Returns what the program ends with: at a terminal EXIT_DONE, otherwise the status of the first
 * command that failed. */
int shell_open(const struct options *options);
