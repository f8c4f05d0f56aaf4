#include "signal_number.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Returns 0 for what is no name of a signal. */
static int find_name(const char *text)
{
    const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
    for (int number = 1; number < SIGRTMIN; number++) {
        const char *known = sigabbrev_np(number);
        if (known && strcasecmp(name, known) == 0)
            return number;
    }
    return 0;
}

int signal_number_read(int *number, const char *option, const char *text, struct ph_error *err)
{
    char *end;
    long value = strtol(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end)
        value = find_name(text);
    if (value < 1 || value > SIGRTMAX)
        return ph_error_set(err, PH_INVALID, "option '%s': '%.80s' is no signal", option, text);
    *number = (int)value;
    return 0;
}
