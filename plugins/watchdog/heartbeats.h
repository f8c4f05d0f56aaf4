/* heartbeats.h - who has to give signs of life, and who has not done so for too long. Times are
 * milliseconds of any clock that does not jump. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct heartbeats heartbeats_t;

/* Returns an empty table, which the caller owns. */
heartbeats_t *heartbeats_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void heartbeats_destroy(heartbeats_t **self_p);

/* Adds a process, whose last sign of life is now. One that is there already keeps its last sign. */
void heartbeats_add(heartbeats_t *self, pid_t pid, const char *watcher, int64_t now);

/* Forgets a process, if it is there. */
void heartbeats_remove(heartbeats_t *self, pid_t pid);

/* Notes a sign of life; of nobody who is not in the table. Returns whether it is. */
bool heartbeats_note(heartbeats_t *self, pid_t pid, int64_t now);

struct silent {
    pid_t pid;
    char *watcher; /* the caller frees it */
};

/* Takes one out of the table whose last sign is from before `limit`. Returns 0 with `silent`
 * filled, or -1: there is none. */
int heartbeats_take_silent(heartbeats_t *self, int64_t limit, struct silent *silent);
