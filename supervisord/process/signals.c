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

/* Reads RTMIN, RTMIN+N and RTMAX-N. Returns -1 for anything else. */
static int real_time_signal(const char *name)
{
    bool is_min = strncasecmp(name, "RTMIN", 5) == 0;
    char *end = NULL;
    if (!is_min && strncasecmp(name, "RTMAX", 5) != 0)
        return -1;
    const char *rest = name + 5;
    int base = is_min ? SIGRTMIN : SIGRTMAX;
    if (!*rest)
        return base;
    if (*rest != (is_min ? '+' : '-') || rest[1] < '0' || rest[1] > '9')
        return -1;
    long by = strtol(rest, &end, 10);
    bool is_one = !*end && labs(by) <= SIGRTMAX - SIGRTMIN;
    return is_one ? base + (int)by : -1;
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
    return real_time_signal(name);
}

char *signal_to_name(int number)
{
    const char *name = sigabbrev_np(number);
    return name ? ph_format("SIG%s", name) : ph_format("signal %d", number);
}
