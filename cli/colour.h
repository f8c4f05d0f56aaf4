/* colour.h - colours, for terminals whose user did not say NO_COLOR. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* Says whether what goes to a stream may be coloured. */
bool colour_is_wanted(FILE *stream);

/* Returns the name that libsmartcols has for the colour of a watcher's status, or NULL. */
const char *colour_of_status(const char *status);

/* Returns the escape sequence of a name of colour_of_status; "" for NULL. */
const char *colour_sequence(const char *name);

/* Returns an escape sequence for the name of a watcher, always the same for the same name. */
const char *colour_of_name(const char *name);

#define COLOUR_END "\033[0m"
#define COLOUR_RED "\033[31m"
#define COLOUR_FAINT "\033[2m"
