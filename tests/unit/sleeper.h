/* sleeper.h - a child process that lives until the test ends it. */
#pragma once

#include <sys/types.h>

/* Returns the pid of a new child. The test fails if there is none. */
pid_t sleeper_start(void);

/* Ends it; the second leaves it a zombie, which is an ended process too. */
void sleeper_end(pid_t pid);
void sleeper_kill(pid_t pid);
