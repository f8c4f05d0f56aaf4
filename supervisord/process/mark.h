/* mark.h - the variable that every process of ours carries in its environment, and that what it
 * starts inherits. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARK_VARIABLE "PLUGHOST_PROCESS"

/* Is set for those that may outlive the daemon. */
#define SURVIVES_VARIABLE "PLUGHOST_SURVIVES"

/* Returns the value of the variable, "<16 hex digits>.<serial>", which the caller frees. `epoch` is
 * this run of the daemon, `serial` one process of it. */
char *mark_format(uint64_t epoch, uint64_t serial);

/* Looks for a mark of that epoch in an environment as /proc/PID/environ has it: `size` bytes,
 * entries ended by NUL, the last perhaps cut. Returns false when there is none. */
bool mark_find(const char *environment, size_t size, uint64_t epoch, uint64_t *serial);
