#include "invocation.h"

#include <alloc.h>
#include <clock.h>
#include <stdlib.h>
#include <string.h>

const char *invocation_plugin(const char *name)
{
    static const char prefix[] = "plugin:";
    bool has_prefix = strncasecmp(name, prefix, sizeof prefix - 1) == 0;
    return has_prefix ? name + sizeof prefix - 1 : name;
}

/* ---- the end ---- */

static void invocation_free(invocation_t *self)
{
    struct invocations *owner = self->owner;
    *(self->previous ? &self->previous->next : &owner->first) = self->next;
    *(self->next ? &self->next->previous : &owner->last) = self->previous;
    exchange_forget(&self->exchange);
    timers_cancel(owner->timers, &self->timer);
    caller_release(self->caller);
    free(self->plugin);
    free(self->method);
    free(self->trace);
    free(self->from);
    free(self);
}

/* The one who waits is told as the very last: it may begin others. */
void invocation_finish(invocation_t *self, const ph_value_t *result, const struct ph_error *err)
{
    invocation_done_fn *done = self->done;
    void *arg = self->arg;
    invocation_free(self);
    done(arg, result, err);
}

void invocation_fail(invocation_t *self, enum ph_code code, const char *why)
{
    struct ph_error err;
    ph_error_set(&err, code, "plugin '%s' has not answered '%s': %s", self->plugin, self->method,
                 why);
    invocation_finish(self, NULL, &err);
}

static void tell_cancel(const invocation_t *self, const char *reason)
{
    if (!self->session)
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "id", self->request_id);
    ph_writer_string(properties, "reason", reason);
    session_cast(self->session, "cancel", properties);
}

void invocation_cancel(invocation_t *self, const char *reason)
{
    tell_cancel(self, reason);
    invocation_free(self);
}

/* The answer goes nowhere, but whoever holds the request wants to be told. */
void invocation_abandon(invocation_t *self)
{
    tell_cancel(self, "the caller has ended");
    invocation_fail(self, PH_UNAVAILABLE, "the caller has ended");
}

/* ---- the beginning ---- */

static void on_answer(void *arg, const ph_value_t *reply, const struct ph_error *err)
{
    invocation_finish(arg, ph_value_get(reply, "result"), err);
}

/* The plugin may still work on it. */
static void on_time_over(void *arg)
{
    invocation_t *self = arg;
    tell_cancel(self, "its time is over");
    invocation_fail(self, PH_TIMEOUT,
                    self->session ? "its time is over" : "it was not ready in time");
}

static void on_lost(void *arg, const char *why)
{
    if (why)
        invocation_fail(arg, PH_UNAVAILABLE, why);
    else
        on_time_over(arg);
}

invocation_t *invocation_new(struct invocations *owner, const struct invoke_call *call,
                             caller_t *caller, invocation_done_fn *done, void *arg)
{
    invocation_t *made = ph_calloc(1, sizeof *made);
    *made = (invocation_t){
        .owner = owner,
        .plugin = ph_strdup(invocation_plugin(call->plugin)),
        .method = ph_strdup(call->method),
        .trace = ph_strdup(call->trace),
        .from = ph_strdup(call->caller),
        .args = call->args,
        .size = call->size,
        .is_lenient = call->is_lenient,
        .due_ms = ph_clock_ms() + call->timeout_ms,
        .calling_session = call->session,
        .caller = caller,
        .done = done,
        .arg = arg,
        .previous = owner->last,
    };
    made->exchange = (struct exchange){
        .on_answer = on_answer, .on_lost = on_lost, .arg = made, .size = call->size};
    made->timer = (struct timer){.fire = on_time_over, .arg = made};
    *(owner->last ? &owner->last->next : &owner->first) = made;
    owner->last = made;
    return made;
}

void invocation_wait(invocation_t *self, const watcher_t *watcher)
{
    int64_t left_ms = self->due_ms - ph_clock_ms();
    self->watcher = watcher;
    timers_start(self->owner->timers, &self->timer, left_ms > 0 ? left_ms : 0);
}

static void write_args(const invocation_t *self, const session_t *session, ph_writer_t *properties)
{
    if (!self->args)
        return;
    if (!self->is_lenient) {
        ph_writer_value(properties, "args", self->args);
        return;
    }
    const method_t *method = methods_find(session_methods(session), "", self->method, NULL);
    ph_writer_map(properties, "args");
    method_write_known(method, self->args, properties);
    ph_writer_end(properties);
}

void invocation_send(invocation_t *self, session_t *session)
{
    int64_t left_ms = self->due_ms - ph_clock_ms();
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "method", self->method);
    write_args(self, session, properties);
    ph_writer_string(properties, "trace", self->trace);
    ph_writer_float(properties, "timeout", (double)(left_ms > 0 ? left_ms : 0) / 1000);
    ph_writer_string(properties, "caller", self->from);
    self->watcher = NULL;
    self->session = session;
    timers_cancel(self->owner->timers, &self->timer);
    session_request(session, "invoke", properties, &self->exchange, left_ms > 0 ? left_ms : 0);
    self->request_id = self->exchange.id;
}

const char *invocation_trace(const invocation_t *self)
{
    return self->trace;
}

/* ---- all of them ---- */

invocation_t *invocations_find(const struct invocations *self, invocation_is_meant_fn *is_meant,
                               const void *what)
{
    invocation_t *invocation = self->first;
    while (invocation && !is_meant(invocation, what))
        invocation = invocation->next;
    return invocation;
}

/* Whoever is told may end others, or begin some: so each look begins at the first. */
void invocations_end(struct invocations *self, invocation_is_meant_fn *is_meant, const void *what,
                     void (*act)(invocation_t *))
{
    for (invocation_t *meant; (meant = invocations_find(self, is_meant, what));)
        act(meant);
}
