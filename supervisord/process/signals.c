#include "signals.h"

#include <alloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The numbers between the named signals and SIGRTMIN are the C library's own. */
static bool is_usable(long number)
{
    return number > 0 && number <= SIGRTMAX && (number >= SIGRTMIN || number <= SIGSYS);
}

int signal_from_name(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (end != name)
        return *end == '\0' && is_usable(number) ? (int)number : -1;

    if (strncasecmp(name, "SIG", 3) == 0)
        name += 3;
    for (int i = 1; i < SIGRTMIN; i++)
        if (sigabbrev_np(i) && strcasecmp(sigabbrev_np(i), name) == 0)
            return i;
    return -1;
}

char *signal_to_name(int number)
{
    const char *name = sigabbrev_np(number);
    return name ? ph_format("SIG%s", name) : ph_format("signal %d", number);
}
