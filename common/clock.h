/* clock.h - the two clocks: one for durations, one for people. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Returns milliseconds of the monotonic clock, which never goes back. */
int64_t ph_clock_ms(void);

/* Returns seconds since 1970, with microseconds behind the point. */
double ph_clock_wall(void);

enum { PH_TIMESTAMP_SIZE = 32 };

/* Writes the wall clock's `seconds` as "2026-01-31T12:34:56.789Z" into `text`. */
void ph_clock_format(double seconds, char text[PH_TIMESTAMP_SIZE]);
