/* since.h - points in time as people type them. */
#pragma once

#include <plughost/error.h>
#include <time.h>

/* What since_parse takes, for messages. */
#define SINCE_FORMS "90, 15m, 2h, 1d, HH:MM[:SS], YYYY-MM-DD[ HH:MM[:SS]] or @UNIX"

/* Reads a time in seconds since 1970: "90", "90s", "15m", "2h" and "1d" are so long before `now`;
 * "14:02" and "14:02:11" are of today, or of yesterday where today's is still to come;
 * "2026-01-31" and "2026-01-31 14:02:11" are local time; "@1700000000.5" is the number itself.
 * Returns 0, or -1 with PH_INVALID. */
int since_parse(const char *text, time_t now, double *seconds, struct ph_error *err);
