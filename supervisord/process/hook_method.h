/* hook_method.h - a hook that is a method of a plugin. */
#pragma once

#include "hook.h"

/* Part of its owner; zero it. */
struct hook_method {
    const struct hook_invoker *invoker;
    void *invocation;   /* NULL: none is under way */
    ph_message_t *args; /* what it is told */
    hook_answer_fn *answer;
    void *arg;
};

/* Has the method invoked; `answer(arg, …)` is called when it has ended or `limit_ms` are over,
 * unless it is cancelled first. Returns 0, or -1 with `err` filled: then nothing is called. */
int hook_method_start(struct hook_method *self, const struct hook_invoker *invoker,
                      const struct hook_call *call, int64_t limit_ms, hook_answer_fn *answer,
                      void *arg, struct ph_error *err);

/* Returns true if it was under way. */
bool hook_method_cancel(struct hook_method *self);

void hook_method_release(struct hook_method *self);
