/* verdict.h - what a check has found. */
#pragma once

#include <stdbool.h>

enum outcome { OUTCOME_OK, OUTCOME_FAILED, OUTCOME_SKIPPED };

/* Zeroed it is ok. */
struct verdict {
    enum outcome outcome;
    char text[512]; /* what the plugin did wrong, or why nothing was checked */
    bool is_stuck;  /* it did not come as far as the other checks need it to */
};

/* Both keep the first failure, and return -1, so that they can end a function. */
int verdict_fail(struct verdict *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int verdict_skip(struct verdict *self, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
