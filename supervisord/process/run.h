/* run.h - one child of a process, from its spawn to its death, with all that it has: pipes,
 * session, control group. */
#pragma once

#include "announce.h"
#include "child_output.h"
#include "process.h"
#include "readiness.h"

/* Part of its owner; run_init first. */
struct run {
    const struct process_owner *owner;
    process_t *process;
    int wid;
    struct child child;
    int64_t spawned_ms;
    struct session *session; /* a plugin's */
    struct readiness readiness;
    struct child_output output;
    cgroup_t *cgroup;
    unsigned edition; /* of the options that the child was started with */
    char *failure;    /* why it is about to end, where that is known */
    char *text;       /* what it says of itself */
    struct stats_sample sample, children_sample;
};

/* `on_exit` is called when the child has ended, and `on_ready` when it tells that it is ready, both
 * with the process. */
void run_init(struct run *self, const struct process_owner *owner, process_t *process, int wid,
              child_exit_fn *on_exit, readiness_fn *on_ready);

/* Returns whose events those of this child are. */
struct subject run_subject(const struct run *self);

/* Runs a hook about the child, as hook_run does. */
bool run_hook(const struct run *self, enum hook_kind kind, struct hook_detail detail,
              hook_done_fn *done, void *arg);

/* Starts a child. Returns 0, or -1 with `err` filled: then there is none, and
 * run_release is still to be called. */
int run_start(struct run *self, struct ph_error *err);

/* Says whether there is a child that can be sent a signal. */
bool run_is_alive(const struct run *self);

/* Sends a signal to the child, or to its whole process group, and has it go on if it was stopped.
 * Returns 0, or -1 with errno: it runs as somebody else. */
int run_signal(const struct run *self, int number, bool is_for_group);

/* Kills it: the cause of its death will be `failure`, which is taken. */
void run_give_up(struct run *self, char *failure);

/* Ends its session, if it still has one, for this reason. */
void run_close_session(struct run *self, const char *cause);

/* Sets what is known of its end before it, or what it says of itself; NULL: nothing. */
void run_set_failure(struct run *self, const char *failure);
void run_set_text(struct run *self, const char *text);

/* Reaps a child that has ended and fills `death`; `is_stopping` says that it was asked to end.
 * Returns false, with nothing changed, when that cannot be done yet. */
bool run_reap(struct run *self, bool is_stopping, struct death *death);

/* Returns, before run_reap, why the child has ended; the caller frees it. */
char *run_cause(const struct run *self);

/* Says whether somebody else may still hold one of its pipes. */
bool run_is_held(const struct run *self);

/* Lets go of what was made for the child, which is gone, never was, or is left alone. */
void run_release(struct run *self);
