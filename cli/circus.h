/* circus.h - what circusctl would print, and how it would end: for scripts that read that. */
#pragma once

#include "word.h"

enum circus_exit {
    CIRCUS_EXIT_ARGUMENTS = 1, /* also: no answer in time */
    CIRCUS_EXIT_REFUSED = 3,
};

/* Prints a reply to stdout. Returns false, and prints nothing, for a command that Circus does not
 * have. */
bool circus_print(const struct invocation *invocation, const ph_value_t *reply);

/* Prints to stderr why a request was not done. Returns what the program ends with. */
int circus_refuse(const struct command_info *info, const struct ph_error *err);
