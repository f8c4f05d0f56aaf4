/* words.h - a command line into words. */
#pragma once

#include <plughost/error.h>

/* Splits text at blanks as a shell does: 'single' and "double" quotes hold words together, a
 * backslash takes the next character as it is (within double quotes only before " and \). Nothing
 * is expanded. Returns a list ended by NULL, which words_destroy frees, or NULL with PH_INVALID for
 * a quote that is not closed. */
char **words_split(const char *text, struct ph_error *err);
