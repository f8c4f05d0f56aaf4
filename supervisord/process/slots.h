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

/* Has so many stay: makes more, stopped, or dismisses those with the highest numbers. */
void slots_resize(slots_t *self, size_t count, const char *reason);

/* Returns the next one behind `slot` that stands still and has not done its work; NULL begins
 * and ends. */
struct slot *slots_next_idle(const slots_t *self, struct slot *slot);

/* For a start: has those try again that wait for their time, or that stop; and makes idle again
 * those that have done their work. */
void slots_revive_all(slots_t *self, const char *reason);

/* The same for all as process_stop, process_reset and so on for one. */
void slots_stop_all(slots_t *self, const char *reason);
void slots_reset_all(slots_t *self, const char *reason);
void slots_let_go_all(slots_t *self);
void slots_renew_ages(slots_t *self);
void slots_signal_all(slots_t *self, int number, const char *reason);

/* Goes over the processes that are there for others to see: not those that have left. */
process_t *slots_next_process(const slots_t *self, const process_t *previous);

/* Returns the cause of a death that tells most of how they are; NULL: nobody has died. */
const char *slots_reason(const slots_t *self);

size_t slots_total(const slots_t *self);   /* all */
size_t slots_staying(const slots_t *self); /* those that are not leaving */
size_t slots_in_state(const slots_t *self, enum process_state state);
