#include "hook_invoker.h"

#include <alloc.h>
#include <stdlib.h>

struct hook_wait {
    invocation_t *invocation;
    hook_answer_fn *answer;
    void *arg;
};

static void on_done(void *arg, const ph_value_t *result, const struct ph_error *err)
{
    struct hook_wait *wait = arg;
    hook_answer_fn *answer = wait->answer;
    void *answer_arg = wait->arg;
    (void)result;
    free(wait);
    answer(answer_arg, err);
}

/* A method need not know all that a hook tells. */
static void *invoke(void *arg, const struct hook_invocation *call, hook_answer_fn *answer,
                    void *answer_arg, struct ph_error *err)
{
    struct hook_wait *wait = ph_calloc(1, sizeof *wait);
    *wait = (struct hook_wait){.answer = answer, .arg = answer_arg};
    const struct invoke_call invoked = {.plugin = call->plugin,
                                        .method = call->method,
                                        .args = call->args,
                                        .is_lenient = true,
                                        .timeout_ms = call->timeout_ms,
                                        .caller = "plughostd"};
    wait->invocation = broker_invoke(arg, &invoked, on_done, wait, err);
    if (!wait->invocation)
        ph_freep(&wait);
    return wait;
}

static void cancel(void *invocation)
{
    struct hook_wait *wait = invocation;
    invocation_cancel(wait->invocation, "the hook is not wanted any more");
    free(wait);
}

struct hook_invoker hook_invoker_of(broker_t *broker)
{
    return (struct hook_invoker){.invoke = invoke, .cancel = cancel, .arg = broker};
}
