/* child.h - processes that the daemon has started itself: watched until they end, and known by
 * number.
 *
 * Each has a mark in its environment that its descendants inherit (mark.h): so those that it leaves
 * behind are known for what they are. */
#pragma once

#include "../loop/loop.h"
#include "spawn.h"

typedef struct children children_t;
typedef void child_exit_fn(void *arg);

/* One child, part of its owner. Zero it, and set `on_exit` and `arg`. */
struct child {
    child_exit_fn *on_exit; /* it has ended and can be reaped; called once */
    void *arg;
    struct process *process; /* that it belongs to, or NULL */
    pid_t pid;               /* 0: there is none */
    uint64_t serial;         /* which of all children it is */
    bool has_ended;
    loop_t *loop;
    struct loop_watch exit_watch;
};

/* The loop is borrowed; `epoch` is this run of the daemon. The caller owns the result. */
children_t *children_new(loop_t *loop, uint64_t epoch);

/* Frees `*self_p` and sets it to NULL. Children that were not released must not be used any more.
 * `*self_p` may be NULL. */
void children_destroy(children_t **self_p);

/* Gives `child` the next serial. Returns the variable that has to be in its environment,
 * MARK_VARIABLE "=EPOCH.SERIAL" (mark.h), which the caller frees. */
char *children_mark(children_t *self, struct child *child);

/* Starts a child that was marked, and watches it. Returns 0, or -1 with `err` filled: then there is
 * no child. */
int children_start(children_t *self, struct child *child, const struct spawn_spec *spec,
                   struct ph_error *err);

/* Says whether it is dead and on_exit is still to be called: a daemon that is late may hear of its
 * own timers first. */
bool child_has_unseen_end(const struct child *self);

/* Forgets a child that was reaped, or that is to be left alone. */
void children_release(children_t *self, struct child *child);

/* Finds a child by its number; NULL: it is none of these. */
struct child *children_find(const children_t *self, pid_t pid);

/* Says whether the child with that serial lives, or has not been reaped. */
bool children_has_serial(const children_t *self, uint64_t serial);
