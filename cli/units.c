#include "units.h"

#include <alloc.h>
#include <inttypes.h>

char *units_duration(double seconds)
{
    enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };
    int64_t s = seconds > 0 && seconds < 1e12 ? (int64_t)seconds : 0;
    if (s < MINUTE)
        return ph_format("%" PRId64 "s", s);
    if (s < HOUR)
        return ph_format("%" PRId64 "m%02" PRId64 "s", s / MINUTE, s % MINUTE);
    if (s < DAY)
        return ph_format("%" PRId64 "h%02" PRId64 "m", s / HOUR, s % HOUR / MINUTE);
    return ph_format("%" PRId64 "d%02" PRId64 "h", s / DAY, s % DAY / HOUR);
}

char *units_fine_duration(double seconds)
{
    if (seconds < 0.995)
        return ph_format("%.2fs", seconds > 0 ? seconds : 0);
    return seconds < 9.95 ? ph_format("%.1fs", seconds) : units_duration(seconds);
}

char *units_size(int64_t bytes)
{
    static const char units[] = "BKMGTP";
    double number = (double)bytes;
    size_t unit = 0;
    for (; number >= 999.95 && unit + 2 < sizeof units; unit++)
        number /= 1024;
    return ph_format(unit == 0 ? "%.0f%c" : "%.1f%c", number, units[unit]);
}

static bool is_same_day(const struct tm *a, const struct tm *b)
{
    return a->tm_yday == b->tm_yday && a->tm_year == b->tm_year;
}

static char *format_clock(double seconds, time_t now, bool is_dated, char text[32])
{
    time_t when = seconds > 0 && seconds < 1e11 ? (time_t)seconds : 0;
    struct tm local, today;
    localtime_r(&when, &local);
    localtime_r(&now, &today);
    is_dated |= !is_same_day(&local, &today);
    strftime(text, 32, is_dated ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &local);
    return text;
}

char *units_clock(double seconds, time_t now)
{
    char text[32];
    return ph_strdup(format_clock(seconds, now, false, text));
}

char *units_fine_clock(double seconds, time_t now, bool is_dated)
{
    char text[32];
    double whole = seconds > 0 && seconds < 1e11 ? (double)(int64_t)seconds : seconds;
    return ph_format("%s.%03d", format_clock(seconds, now, is_dated, text),
                     (int)((seconds - whole) * 1000));
}
