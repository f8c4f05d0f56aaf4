/* signal_number.h - signals as they stand in options. */
#pragma once

#include <plughost/error.h>

/* Reads a number, or a name in any case of letters with or without SIG; `option` is for the
 * message. Returns 0, or -1 with PH_INVALID. */
int signal_number_read(int *number, const char *option, const char *text, struct ph_error *err);
