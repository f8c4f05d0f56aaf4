/* orphans.h - what our children left behind: their children, which the kernel gives to us.
 *
 * A process that starts a session of its own, or forks twice, is out of reach of a signal to its
 * group. But all that descends from us stays so, and carries the mark of the process that it
 * descends from (mark.h). Those of a process that is no more are killed here; those of one that
 * lives are left alone. All of them are reaped. */
#pragma once

#include "proctable.h"

#include <log.h>
#include <loop/loop.h>

typedef struct orphans orphans_t;

/* Whom to ask, and what to use. All of it is borrowed. */
struct orphans_host {
    loop_t *loop;
    ph_log_t *log;  /* or NULL */
    uint64_t epoch; /* of the marks: this run of the daemon */

    /* Says whether `pid` is a child that somebody else watches and reaps: also when it has ended
     * and is not reaped yet. */
    bool (*is_ours)(void *arg, pid_t pid);

    /* Says whether the process with this serial still runs, so that what belongs to it may too. */
    bool (*is_alive)(void *arg, uint64_t serial);
    void *arg;
};

/* Somebody who waits, part of its owner: zero it, set `on_gone` and `arg`, and cancel it before the
 * owner goes. The rest is ours. */
struct orphans_wait {
    void (*on_gone)(void *arg);
    void *arg;
    uint64_t serial;
    bool is_for_all; /* not only for that serial */
    bool is_covered; /* the sweep under way began after it */
    bool is_found;   /* that sweep has found somebody */
    struct orphans_wait *next;
    struct orphans_wait **link; /* what points to it; NULL: it does not wait */
};

/* Makes this program the one that orphans are given to. `host` is copied. The caller owns the
 * result. Returns NULL and fills `err` when the kernel refuses. */
orphans_t *orphans_new(const struct orphans_host *host, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL; who waits is forgotten. Not from within `on_gone`. `*self_p`
 * may be NULL. */
void orphans_destroy(orphans_t **self_p);

/* Asks for a sweep: once for any number of calls, and so seldom that it takes little time. */
void orphans_sweep_soon(orphans_t *self);

/* Has all killed that belongs to the process with this serial, which `is_alive` must deny by now,
 * and calls `wait->on_gone` once, from the loop, when none of it is left. That can take for ever if
 * the kernel does not let one die: the caller has a deadline. */
void orphans_sweep_for(orphans_t *self, uint64_t serial, struct orphans_wait *wait);

/* Kills all children that are not `is_ours`, and what descends from them, marked or not, from now
 * on: for the end of the daemon. Calls `wait->on_gone` once, from the loop, when none is left or
 * `patience_ms` are over. */
void orphans_kill_all(orphans_t *self, struct orphans_wait *wait, int64_t patience_ms);

/* Ends the waiting; nothing happens if it does not wait. */
void orphans_cancel(orphans_t *self, struct orphans_wait *wait);

/* Notes down what descends from `pid`, a main child with this serial, and is not in its process
 * group: so it will be found even if it has no mark. For before a stop, while it still descends
 * from it. */
void orphans_remember(orphans_t *self, uint64_t serial, pid_t pid);

/* Reaps `pid`, which has ended, if it is not `is_ours`: for SIGCHLD. Of others, whose signals were
 * merged with this one, the next sweep takes care. */
void orphans_on_sigchld(orphans_t *self, pid_t pid);
