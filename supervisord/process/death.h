/* death.h - what is known of a process that ended. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct death {
    int exit_code; /* exit status, or minus the signal that killed it */
    char *cause;   /* in words; owned */
};

/* Reaps the child `pid`, which has ended. First everything that is left of its process group is
 * killed: as long as the child is not reaped, its number cannot belong to anyone else. Returns
 * false, with nothing changed, when the child cannot be reaped yet: a debugger holds it. */
bool death_reap(struct death *self, pid_t pid);

/* Replaces the cause by one that is known better. `cause` is copied. */
void death_set_cause(struct death *self, const char *cause);

void death_release(struct death *self);
