/* rotation.h - when a file is set aside by time, and what it is called then. */
#pragma once

#include "options.h"

#include <time.h>

struct rotation {
    char unit;        /* S, M, H, D; W and N (midnight) stand for days of the calendar */
    int weekday;      /* of W: 0 is Monday */
    int64_t interval; /* how many units */
    bool is_utc;
};

/* Reads rotate_when, rotate_interval and utc. Returns 0, or -1 with PH_INVALID. */
int rotation_parse(struct rotation *self, const struct stream_options *options,
                   struct ph_error *err);

/* Returns when a file that was begun at `begin` is to be set aside: later than `begin`. */
time_t rotation_next(const struct rotation *self, time_t begin);

enum { ROTATION_SUFFIX_SIZE = 32 };

/* Writes what comes behind the name of a file whose time is over at `next`: the beginning of that
 * time in digits, so that names sort by age. Returns its length. */
size_t rotation_suffix(const struct rotation *self, time_t next, char text[ROTATION_SUFFIX_SIZE]);
