/* logs.h - `plughostctl logs`: what processes have written, and what they write. */
#pragma once

#include "word.h"

/* Prints the lines that the daemon has, and with --follow those that come, until the daemon ends or
 * a signal ends the program. Returns 0, or -1 with `err` filled. */
int logs_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
