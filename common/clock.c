#include "clock.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

int64_t ph_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

double ph_clock_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    long us = now.tv_nsec / 1000;
    return (double)now.tv_sec + (double)us / 1e6;
}

void ph_clock_format(double seconds, char text[PH_TIMESTAMP_SIZE])
{
    /* A double holds .995 as .994999...: so the microseconds are rounded first. */
    long long us = llround(seconds * 1e6);
    time_t whole = (time_t)(us / 1000000);
    unsigned ms = (unsigned)(us % 1000000 / 1000);
    struct tm date;
    gmtime_r(&whole, &date);
    size_t length = strftime(text, PH_TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &date);
    snprintf(text + length, PH_TIMESTAMP_SIZE - length, ".%03uZ", ms);
}
