/* help.h - what can be typed, from the table of commands. */
#pragma once

#include <commands.h>

/* Prints all words and options to stdout. */
void help_print_all(void);

/* Prints what one word does and takes to stdout. */
void help_print_word(const struct command_info *info);
