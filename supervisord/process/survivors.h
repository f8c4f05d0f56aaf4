/* survivors.h - what an earlier run of the daemon, that was killed, has left running. */
#pragma once

#include <log.h>

/* Looks for processes that carry a mark (mark.h) and belonged to a daemon at this endpoint. Those
 * that were to die with it, and were out of the kernel's reach as the children of its children, are
 * killed; those that were to survive run on, and nobody watches them. Either is told in the log.
 * For the start, before there are children. */
void survivors_settle(ph_log_t *log, const char *endpoint);
