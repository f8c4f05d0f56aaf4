/* signals.h - names of signals. */
#pragma once

/* Returns the number of "TERM", "SIGTERM" (any case) or "15", or -1 if there is no such signal. */
int signal_from_name(const char *name);

/* Returns "SIGTERM" for 15, "signal 99" for one without a name; the caller frees it. */
char *signal_to_name(int number);
