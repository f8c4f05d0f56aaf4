#include "since.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Reads a number without sign, exponent or anything else that strtod takes. */
static const char *read_number(const char *text, double *number)
{
    size_t length = strspn(text, "0123456789.");
    char *end;
    *number = strtod(text, &end);
    return length > 0 && end == text + length && *number < 1e15 ? end : NULL;
}

static bool parse_ago(const char *text, time_t now, double *seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};

    double number;
    const char *unit = read_number(text, &number);
    for (size_t i = 0; unit && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) != 0)
            continue;
        *seconds = fmax((double)now - number * units[i].seconds, 0);
        return true;
    }
    return false;
}

static bool parse_unix(const char *text, double *seconds)
{
    const char *end = text[0] == '@' ? read_number(text + 1, seconds) : NULL;
    return end && *end == '\0';
}

/* strptime takes days such as February 31st; mktime makes another day of them. */
static bool is_real(const struct tm *asked)
{
    struct tm made = *asked;
    made.tm_isdst = -1;
    return mktime(&made) != -1 && made.tm_mday == asked->tm_mday && made.tm_mon == asked->tm_mon;
}

static bool parse_form(const char *text, const char *form, time_t now, double *seconds)
{
    struct tm when;
    localtime_r(&now, &when);
    when.tm_hour = when.tm_min = when.tm_sec = 0;
    when.tm_isdst = -1; /* summer time is as it was then */
    const char *end = strptime(text, form, &when);
    if (!end || *end != '\0' || !is_real(&when))
        return false;

    bool is_clock = form[1] == 'H';
    time_t made = mktime(&when);
    when.tm_isdst = -1;
    if (is_clock && made > now) {
        when.tm_mday--;
        made = mktime(&when);
    }
    *seconds = (double)made;
    return true;
}

int since_parse(const char *text, time_t now, double *seconds, struct ph_error *err)
{
    static const char *const forms[] = {
        "%H:%M",          "%H:%M:%S",          "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S",
    };
    double found = 0;
    bool is_found = parse_unix(text, &found) || parse_ago(text, now, &found);
    for (size_t i = 0; !is_found && i < sizeof forms / sizeof forms[0]; i++)
        is_found = parse_form(text, forms[i], now, &found);
    if (!is_found)
        return ph_error_set(err, PH_INVALID, "'%s' is no TIME: " SINCE_FORMS " is accepted", text);
    *seconds = found;
    return 0;
}
