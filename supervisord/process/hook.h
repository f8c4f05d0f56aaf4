/* hook.h - runs hooks, commands or methods of plugins, with a time limit and beside everything
 * else. */
#pragma once

#include "../event/bus.h"
#include "child.h"
#include "spawn_plan.h"

typedef struct hook_runner hook_runner_t;

/* What is particular about an occasion: NULL or false where it is not about that. */
struct hook_detail {
    const char *signal; /* its name */
    bool has_exit_code;
    int exit_code;
};

#define NO_DETAIL ((struct hook_detail){0})

/* What a hook is for. Everything is borrowed for the call. */
struct hook_call {
    enum hook_kind kind;
    spawn_plan_t *plan; /* of the watcher */
    int wid;            /* 0: it is about the watcher as a whole */
    pid_t pid;          /* 0: there is no process */
    struct hook_detail detail;
};

/* What came of a hook: it may be gone on, or not, and then `text` says why. */
typedef void hook_done_fn(void *arg, bool may_go_on, const char *text);

/* How the method of a plugin is invoked. `args` must hold until the end. */
struct hook_invocation {
    const char *plugin;
    const char *method;
    const ph_value_t *args;
    int64_t timeout_ms;
};

/* Takes what came of it; `err` is NULL for success. */
typedef void hook_answer_fn(void *arg, const struct ph_error *err);

/* What invokes methods. The first function returns what the second one cancels, or NULL and `err`;
 * the answer is given once, after it has returned and unless it is cancelled. */
struct hook_invoker {
    void *(*invoke)(void *arg, const struct hook_invocation *call, hook_answer_fn *answer,
                    void *answer_arg, struct ph_error *err);
    void (*cancel)(void *invocation);
    void *arg;
};

/* All is borrowed. The caller owns the result. */
hook_runner_t *hook_runner_new(loop_t *loop, bus_t *bus, children_t *children);

/* Kills the hooks that still run, frees `*self_p` and sets it to NULL. It may be NULL. */
void hook_runner_destroy(hook_runner_t **self_p);

/* Names what invokes methods of plugins; one of zeros ends that: such hooks fail then. */
void hook_runner_set_invoker(hook_runner_t *self, const struct hook_invoker *invoker);

/* Runs the hook, if the watcher has one, and calls `done(arg, …)` when it has ended or its time is
 * over: never before this function has returned. `done` may be NULL. Returns false when there is no
 * such hook: then nothing is called. */
bool hook_run(hook_runner_t *self, const struct hook_call *call, hook_done_fn *done, void *arg);

/* The daemon ends: what runs now is killed, and what is begun from now on has little time. */
void hook_hurry(hook_runner_t *self);

/* Calls `on_idle(arg)` once, when no hook runs any more: perhaps at once. */
void hook_await_all(hook_runner_t *self, void (*on_idle)(void *arg), void *arg);

/* Kills the hooks that would call back `arg`; it is not called any more. */
void hook_cancel(hook_runner_t *self, const void *arg);
