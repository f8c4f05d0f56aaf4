/* plan_step.h - what becomes of one watcher that other options are given, and why. */
#pragma once

#include "../config/diff.h"
#include "../process/watcher.h"

/* What becomes of the processes of a watcher. */
enum plan_action {
    PLAN_NOTHING, /* other options are taken without it */
    PLAN_SIGNAL,  /* a plugin is told its new options */
    PLAN_RELOAD,  /* they are replaced without a gap */
    PLAN_RESTART,
    PLAN_START, /* of a new watcher, or of more processes */
    PLAN_STOP,  /* of one that goes, or of some of its processes */
};

/* A watcher that is not as the configuration says, or that such a one takes along. */
struct plan_step {
    watcher_t *watcher;              /* NULL: it is new */
    struct watcher_options *options; /* of `fresh`; NULL: the watcher goes */
    bool is_new;                     /* its watcher was made by plan_apply */
    enum plan_action action;
    struct changes changes;
    char *why;
};

/* Makes the step that brings a watcher to other options, which are borrowed; without any if they
 * are the same. Release it as below. */
void plan_step_make(struct plan_step *self, watcher_t *watcher, struct watcher_options *options);
void plan_step_release(struct plan_step *self);

/* Sets what is done, and why: that text is taken. */
void plan_step_set(struct plan_step *self, enum plan_action action, char *why);

/* Has the processes of its watcher, which run, replaced: they need what `names` says, in words. */
void plan_step_renew_processes(struct plan_step *self, const char *names);

/* Returns the word for an action, such as "restart". */
const char *plan_action_name(enum plan_action action);
