/* program.h - one command line, from its words to what the program ends with. */
#pragma once

#include "options.h"

/* Does what a command line says, prints the result or the error, and returns what the program ends
 * with. `defaults` holds what is in force without options on the line. The order of argv changes,
 * whose first word is the program's name. */
int program_run(int argc, char **argv, const struct options *defaults);
