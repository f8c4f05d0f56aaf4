/* listen.h - `plughostctl listen`: events as lines. */
#pragma once

#include "word.h"

/* Prints the events whose topics begin with one of the arguments, or all, until the daemon ends or
 * a signal ends the program. Returns 0 when the daemon said that it ends, or -1 with `err` filled:
 * the daemon is gone, or the output cannot be written. */
int listen_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
