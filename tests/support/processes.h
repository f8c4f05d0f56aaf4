/* processes.h - looks at processes from outside. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Returns a descriptor that can be read once the process has ended; the caller closes it. */
int process_open(pid_t pid);

/* Waits until the process behind a descriptor of process_open has ended. Returns false when the
 * time is over. */
bool process_wait_gone(int pidfd, int timeout_ms);

/* Returns a number of /proc/PID/status, such as "VmRSS:" in KiB; the test fails if there is
 * none. */
long process_number(pid_t pid, const char *label);

/* Counts how often the main thread was taken off the processor: it has run in between. */
long process_switches(pid_t pid);

/* Counts open descriptors. */
size_t process_descriptors(pid_t pid);

/* Returns the processor time that it has used, in milliseconds. */
long process_cpu_ms(pid_t pid);

/* Gives up the rights of root, if this process has them: the daemons that it starts from now on run
 * as another user. */
void processes_become_ordinary(void);

/* Makes orphans the children of this process, so that processes_wait_none sees them. */
void processes_adopt(void);

/* Waits until this process has no child. Returns false when the time is over. */
bool processes_wait_none(int timeout_ms);
