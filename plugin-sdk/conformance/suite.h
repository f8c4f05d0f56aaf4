/* suite.h - runs the checks and prints what they find. */
#pragma once

#include "settings.h"

enum { SUITE_ALL_GOOD, SUITE_SOME_FAILED, SUITE_USAGE, SUITE_NOT_STARTED };

/* Prints the names of the checks and what they want. */
void suite_list(void);

/* Runs the checks that `settings` asks for. Returns SUITE_ALL_GOOD or SUITE_SOME_FAILED, or
 * SUITE_NOT_STARTED with `err` filled. It ends early once the signal_fd of `settings` is
 * readable. */
int suite_run(const struct settings *settings, struct ph_error *err);
