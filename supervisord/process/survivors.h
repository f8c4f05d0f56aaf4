/* survivors.h - what an earlier run of the daemon has left running. */
#pragma once

#include <log.h>

/* Writes a line to the log for each process that carries a mark (mark.h) and belonged to a daemon
 * at this endpoint: they run on, and nobody watches them. For the start, before there are children.
 */
void survivors_tell(ph_log_t *log, const char *endpoint);
