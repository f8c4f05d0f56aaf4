/* units.h - numbers and times as people read them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* Returns a duration as "3s", "2m05s", "4h10m" or "3d02h". The caller frees it. */
char *units_duration(double seconds);

/* As units_duration, but as "0.02s" or "1.2s" below ten seconds. */
char *units_fine_duration(double seconds);

/* Returns a size as "812B", "8.9K", "84.1M" or "1.2G". The caller frees it. */
char *units_size(int64_t bytes);

/* Returns the local time of the wall clock's `seconds` as "14:02:11", with the date before it when
 * that is not the one of `now`. The caller frees it. */
char *units_clock(double seconds, time_t now);

/* As units_clock, with the date in any case where `is_dated` says so, and with milliseconds. */
char *units_fine_clock(double seconds, time_t now, bool is_dated);
