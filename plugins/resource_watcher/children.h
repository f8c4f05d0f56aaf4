/* children.h - the processes that a watcher's processes have started themselves, each with what it
 * uses: the daemon tells their sum only. */
#pragma once

#include "usage_limits.h"

#include <sys/types.h>

typedef struct children children_t;

struct child {
    pid_t pid, parent;
    struct usage usage;       /* the cpu since the last look, at first since its start */
    struct breaches breaches; /* for the caller; of a new child none */
};

/* Returns a table without children, which the caller owns. */
children_t *children_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void children_destroy(children_t **self_p);

/* Looks who are the children of these parents now. Those that are gone are forgotten. Returns 0, or
 * -1 when /proc cannot be read: then nothing has changed. */
int children_look(children_t *self, const pid_t *parents, size_t count, struct ph_error *err);

/* Returns one of them, which holds until the next look; NULL behind the last. */
struct child *children_at(children_t *self, size_t index);
