/* capitals.h - $NAME in the value of a variable, as in Circus. */
#pragma once

/* Returns the text with $NAME, in capitals, digits and '_', replaced by that variable of the
 * daemon, by nothing if it has none; the caller frees it. $WID stays: it is the number of a
 * process. */
char *capitals_expand(const char *text);
