/* import.h - `plughostctl import`: has plughostd make a configuration of one of Circus's or
 * supervisord's. */
#pragma once

#include "word.h"

/* Runs the plughostd beside this program, or the one in PATH. Its status, if it is not 0, is what
 * this program ends with then; nothing is written in that case. For the table of words. */
int import_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
