/* slots.h - the processes of one watcher, by number, and how many of them are in which state. */
#pragma once

#include "process.h"

struct slot {
    process_t *process;
    bool is_leaving;    /* it goes for good as soon as it has stopped */
    bool is_old;        /* it is to be replaced by another */
    struct slot *heir;  /* which takes its place once it runs, or NULL */
    struct slot *elder; /* the other way round */
};

typedef struct slots slots_t;

/* `owner` is borrowed: every process is made for it. The caller owns the result. */
slots_t *slots_new(const struct process_owner *owner);

/* Frees `*self_p` and sets it to NULL; what still lives is killed. `*self_p` may be NULL. */
void slots_destroy(slots_t **self_p);

/* Makes a stopped process with the smallest number that is free. */
struct slot *slots_add(slots_t *self);

/* Stops a process for good. It stays until it has stopped, and the daemon has nothing else to
 * do. */
void slots_dismiss(slots_t *self, struct slot *slot, const char *reason);

/* Counts a change; call it first in on_change. Returns the slot. */
struct slot *slots_note(slots_t *self, process_t *process, enum process_state before);

/* Goes over all of them by their numbers: NULL begins, NULL is the end. */
struct slot *slots_next(const slots_t *self, const struct slot *previous);

/* Returns the one of that number, or NULL. */
struct slot *slots_find(const slots_t *self, int wid);

size_t slots_total(const slots_t *self);   /* all */
size_t slots_staying(const slots_t *self); /* those that are not leaving */
size_t slots_in_state(const slots_t *self, enum process_state state);
