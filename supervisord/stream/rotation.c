#include "rotation.h"

#include <string.h>
#include <strings.h>

enum { MAX_INTERVAL = 1000000 };

static int parse_when(struct rotation *self, const char *when, struct ph_error *err)
{
    if (strcasecmp(when, "MIDNIGHT") == 0) {
        self->unit = 'N';
        return 0;
    }
    if (strlen(when) == 1 && strcasestr("SMHD", when)) {
        self->unit = (char)(when[0] & ~0x20); /* the capital letter */
        return 0;
    }
    if (strlen(when) == 2 && (when[0] & ~0x20) == 'W' && when[1] >= '0' && when[1] <= '6') {
        self->unit = 'W';
        self->weekday = when[1] - '0';
        return 0;
    }
    return ph_error_set(err, PH_INVALID,
                        "rotate_when '%s' is none of S, M, H, D, MIDNIGHT, W0 (Monday) to W6",
                        when);
}

int rotation_parse(struct rotation *self, const struct stream_options *options,
                   struct ph_error *err)
{
    struct rotation made = {.interval = options->rotate_interval ? options->rotate_interval : 1,
                            .is_utc = options->utc};
    if (made.interval < 1 || made.interval > MAX_INTERVAL)
        return ph_error_set(err, PH_INVALID, "rotate_interval must be from 1 to %d", MAX_INTERVAL);
    if (parse_when(&made, options->rotate_when ? options->rotate_when : "H", err) < 0)
        return -1;
    *self = made;
    return 0;
}

static struct tm to_date(const struct rotation *self, time_t time)
{
    struct tm date;
    if (self->is_utc)
        gmtime_r(&time, &date);
    else
        localtime_r(&time, &date);
    return date;
}

/* Returns the midnight that begins the day `days` after the one of `time`. Days may have 23 or 25
 * hours, so it is the calendar that counts. */
static time_t midnight(const struct rotation *self, time_t time, int64_t days)
{
    struct tm date = to_date(self, time);
    date.tm_hour = date.tm_min = date.tm_sec = 0;
    date.tm_mday += (int)days;
    date.tm_isdst = -1;
    return self->is_utc ? timegm(&date) : mktime(&date);
}

/* Returns the days between two midnights of rotation, or 0 when it goes by the second. */
static int64_t period_days(const struct rotation *self)
{
    switch (self->unit) {
    case 'N':
        return self->interval;
    case 'W':
        return 7 * self->interval;
    default:
        return 0;
    }
}

static time_t period_seconds(const struct rotation *self)
{
    switch (self->unit) {
    case 'S':
        return self->interval;
    case 'M':
        return self->interval * 60;
    case 'H':
        return self->interval * 3600;
    default:
        return self->interval * 86400;
    }
}

time_t rotation_next(const struct rotation *self, time_t begin)
{
    int64_t days = period_days(self);
    if (days == 0)
        return begin + period_seconds(self);
    if (self->unit == 'N')
        return midnight(self, begin, days);
    int today = (to_date(self, begin).tm_wday + 6) % 7; /* 0 is Monday */
    int to_go = (self->weekday - today + 7) % 7;
    return midnight(self, begin, to_go == 0 ? days : days - 7 + to_go);
}

size_t rotation_suffix(const struct rotation *self, time_t next, char text[ROTATION_SUFFIX_SIZE])
{
    int64_t days = period_days(self);
    time_t begin = days ? midnight(self, next, -days) : next - period_seconds(self);
    struct tm date = to_date(self, begin);
    switch (self->unit) {
    case 'S':
        return strftime(text, ROTATION_SUFFIX_SIZE, "%Y%m%d%H%M%S", &date);
    case 'M':
        return strftime(text, ROTATION_SUFFIX_SIZE, "%Y%m%d%H%M", &date);
    case 'H':
        return strftime(text, ROTATION_SUFFIX_SIZE, "%Y%m%d%H", &date);
    default:
        return strftime(text, ROTATION_SUFFIX_SIZE, "%Y%m%d", &date);
    }
}
