#include "hook_method.h"

#include <string.h>

/* The same as a command finds in its variables. */
static ph_message_t *make_args(const struct hook_call *call)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_string(args, "hook", hook_name(call->kind));
    ph_writer_string(args, "watcher", spawn_plan_options(call->plan)->name);
    if (call->wid > 0)
        ph_writer_int(args, "wid", call->wid);
    if (call->pid > 0)
        ph_writer_int(args, "pid", call->pid);
    if (call->detail.signal)
        ph_writer_string(args, "signal", call->detail.signal);
    if (call->detail.has_exit_code)
        ph_writer_int(args, "exit_code", call->detail.exit_code);
    const void *data = ph_writer_data(args, &size);
    return ph_message_new(data, size, NULL);
}

static void on_answer(void *arg, const struct ph_error *err)
{
    struct hook_method *self = arg;
    self->invocation = NULL;
    self->answer(self->arg, err);
}

int hook_method_start(struct hook_method *self, const struct hook_invoker *invoker,
                      const struct hook_call *call, int64_t limit_ms, hook_answer_fn *answer,
                      void *arg, struct ph_error *err)
{
    char *const *words = spawn_plan_options(call->plan)->hooks[call->kind].cmd;
    if (!invoker->invoke)
        return ph_error_set(err, PH_UNAVAILABLE, "the daemon ends");
    *self = (struct hook_method){
        .invoker = invoker, .args = make_args(call), .answer = answer, .arg = arg};
    const struct hook_invocation invocation = {.plugin = words[0],
                                               .method = words[1],
                                               .args = ph_message_body(self->args),
                                               .timeout_ms = limit_ms};
    self->invocation = invoker->invoke(invoker->arg, &invocation, on_answer, self, err);
    return self->invocation ? 0 : -1;
}

bool hook_method_cancel(struct hook_method *self)
{
    if (!self->invocation)
        return false;
    self->invoker->cancel(self->invocation);
    self->invocation = NULL;
    return true;
}

void hook_method_release(struct hook_method *self)
{
    hook_method_cancel(self);
    ph_message_destroy(&self->args);
}
