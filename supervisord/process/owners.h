/* owners.h - to which process of ours another one belongs: by its mark, or by what is known of it.
 */
#pragma once

#include "proctable.h"

typedef struct owners owners_t;

/* `epoch` is that of the marks. The caller owns the result. */
owners_t *owners_new(uint64_t epoch);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void owners_destroy(owners_t **self_p);

/* Notes down that a process belongs to the one with this serial, unless an owner is known. */
void owners_note(owners_t *self, const struct proc_stat *process, uint64_t serial);

enum owner_answer {
    OWNER_NONE, /* it has no mark, or one that we may not see */
    OWNER_FOUND,
    OWNER_UNSURE, /* it is just beginning another program, or ending: ask again */
};

/* Finds the serial of a process, and keeps it in mind: marks can be overwritten, by programs that
 * show a title where their environment was. */
enum owner_answer owners_find(owners_t *self, const struct proc_stat *process, uint64_t *serial);

/* Forgets the processes that are no more. */
void owners_forget_dead(owners_t *self);
