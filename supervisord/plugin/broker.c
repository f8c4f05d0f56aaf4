#include "broker.h"

#include "caller.h"

#include <alloc.h>
#include <clock.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>

struct invocation {
    broker_t *owner;
    char *plugin; /* without "plugin:" */
    char *method;
    char *trace;
    char *from;
    const ph_value_t *args;
    bool is_lenient;
    int64_t due_ms;

    const watcher_t *watcher; /* that it waits for; NULL: it was sent */
    struct timer timer;       /* while it waits */
    session_t *session;       /* that it was sent to; NULL: it waits */
    int64_t request_id;
    struct exchange exchange;
    const session_t *calling_session;
    caller_t *caller;

    broker_done_fn *done;
    void *arg;
    invocation_t *previous, *next;
};

struct broker {
    loop_t *loop;
    sessions_t *sessions;
    const watchers_t *watchers;
    const char *epoch;
    callers_t *callers;
    invocation_t *first, *last;
    uint64_t last_trace;
};

static void on_caller_end(void *arg, caller_t *caller);
static void on_session_ready(void *arg, session_t *session);
static void on_session_end(void *arg, session_t *session);

broker_t *broker_new(loop_t *loop, sessions_t *sessions, const watchers_t *watchers,
                     const char *epoch)
{
    broker_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->sessions = sessions;
    self->watchers = watchers;
    self->epoch = epoch;
    self->callers = callers_new(loop, on_caller_end, self);
    const struct session_listener listener = {on_session_ready, on_session_end, self};
    sessions_listen(sessions, &listener);
    return self;
}

/* ---- the end of one ---- */

static void invocation_free(invocation_t *self)
{
    broker_t *owner = self->owner;
    *(self->previous ? &self->previous->next : &owner->first) = self->next;
    *(self->next ? &self->next->previous : &owner->last) = self->previous;
    exchange_forget(&self->exchange);
    timers_cancel(loop_timers(owner->loop), &self->timer);
    caller_release(self->caller);
    free(self->plugin);
    free(self->method);
    free(self->trace);
    free(self->from);
    free(self);
}

/* The one who waits is told as the very last: it may begin others. */
static void finish(invocation_t *self, const ph_value_t *result, const struct ph_error *err)
{
    broker_done_fn *done = self->done;
    void *arg = self->arg;
    invocation_free(self);
    done(arg, result, err);
}

static void fail(invocation_t *self, enum ph_code code, const char *why)
{
    struct ph_error err;
    ph_error_set(&err, code, "plugin '%s' has not answered '%s': %s", self->plugin, self->method,
                 why);
    finish(self, NULL, &err);
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

static void on_answer(void *arg, const ph_value_t *reply, const struct ph_error *err)
{
    finish(arg, ph_value_get(reply, "result"), err);
}

/* The plugin may still work on it. */
static void on_time_over(void *arg)
{
    invocation_t *self = arg;
    tell_cancel(self, "its time is over");
    fail(self, PH_TIMEOUT, self->session ? "its time is over" : "it was not ready in time");
}

static void on_lost(void *arg, const char *why)
{
    if (why)
        fail(arg, PH_UNAVAILABLE, why);
    else
        on_time_over(arg);
}

void broker_destroy(broker_t **self_p)
{
    broker_t *self = *self_p;
    if (!self)
        return;
    while (self->first)
        fail(self->first, PH_UNAVAILABLE, "the daemon ends");
    const struct session_listener nobody = {0};
    sessions_listen(self->sessions, &nobody);
    callers_destroy(&self->callers);
    free(self);
    *self_p = NULL;
}

/* Goes over all for which `is_meant` holds; `act` ends the one that it is given. */
static void for_each(broker_t *self, bool (*is_meant)(const invocation_t *, const void *),
                     const void *what, void (*act)(invocation_t *))
{
    for (invocation_t *invocation = self->first; invocation;) {
        invocation_t *next = invocation->next;
        if (is_meant(invocation, what))
            act(invocation);
        invocation = next;
    }
}

/* ---- who asks, ends ---- */

static bool is_from_caller(const invocation_t *invocation, const void *caller)
{
    return invocation->caller == caller;
}

static bool is_from_session(const invocation_t *invocation, const void *session)
{
    return invocation->calling_session == session;
}

/* The answer goes nowhere, but whoever holds the request wants to be told. */
static void abandon(invocation_t *self)
{
    tell_cancel(self, "the caller has ended");
    fail(self, PH_UNAVAILABLE, "the caller has ended");
}

static void on_caller_end(void *arg, caller_t *caller)
{
    for_each(arg, is_from_caller, caller, abandon);
}

static void on_session_end(void *arg, session_t *session)
{
    for_each(arg, is_from_session, session, abandon);
}

/* ---- finding the plugin ---- */

static int refuse_unknown(const broker_t *self, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < watchers_count(self->watchers); i++) {
        const struct watcher_options *options = watcher_options(watchers_at(self->watchers, i));
        if (options->kind == WATCHER_PLUGIN)
            ph_nearest_consider(&nearest, name, inheritance_name(options));
    }
    ph_error_set(err, PH_NOT_FOUND, "there is no plugin '%.100s'", name);
    if (nearest.name)
        return ph_error_hint(err, "did you mean '%s'?", nearest.name);
    return ph_error_hint(err, "'list' names the watchers; plugins are those with 'plugin:'");
}

/* One that is ready comes before one that is not; then the one with less to do. */
static bool is_better(const session_t *session, const session_t *best)
{
    if (!best || session_is_ready(session) != session_is_ready(best))
        return !best || session_is_ready(session);
    return session_pending(session) < session_pending(best);
}

static session_t *session_of(const watcher_t *watcher)
{
    session_t *best = NULL;
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process)) {
        session_t *session = process_session(process);
        if (session && session_methods(session) && is_better(session, best))
            best = session;
    }
    return best;
}

static const char *bare_name(const char *plugin)
{
    static const char prefix[] = "plugin:";
    bool has_prefix = strncasecmp(plugin, prefix, sizeof prefix - 1) == 0;
    return has_prefix ? plugin + sizeof prefix - 1 : plugin;
}

session_t *broker_find(const broker_t *self, const char *plugin, watcher_t **watcher,
                       struct ph_error *err)
{
    const char *name = bare_name(plugin);
    ph_cleanup(ph_freep) char *full_name = ph_format("plugin:%s", name);
    *watcher = watchers_find(self->watchers, full_name, NULL);
    session_t *session = *watcher ? session_of(*watcher) : NULL;
    if (!session)
        session = sessions_find_by_hand(self->sessions, name);
    if (session && *watcher && !session_is_trusted(session))
        session = NULL; /* a stranger that calls itself like the plugin */
    if (!session && !*watcher)
        refuse_unknown(self, name, err);
    return session;
}

/* ---- sending ---- */

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

static void send_invocation(invocation_t *self, session_t *session)
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
    timers_cancel(loop_timers(self->owner->loop), &self->timer);
    session_request(session, "invoke", properties, &self->exchange, left_ms > 0 ? left_ms : 0);
    self->request_id = self->exchange.id;
}

static int check(const session_t *session, const char *plugin, const char *name,
                 const ph_value_t *args, bool is_lenient, struct ph_error *err)
{
    const method_t *method = methods_find(session_methods(session), plugin, name, err);
    if (!method || method_check(method, args, is_lenient, err) < 0)
        return -1;
    if (session_pending(session) < BROKER_MAX_PENDING)
        return 0;
    return ph_error_set(err, PH_BUSY, "%d invocations wait for plugin '%s' already",
                        BROKER_MAX_PENDING, plugin);
}

/* What waited is checked now: nobody knew the methods before. */
static void send_waiting(invocation_t *self, session_t *session)
{
    struct ph_error err;
    if (check(session, self->plugin, self->method, self->args, self->is_lenient, &err) < 0)
        finish(self, NULL, &err);
    else
        send_invocation(self, session);
}

static void on_session_ready(void *arg, session_t *session)
{
    broker_t *self = arg;
    if (!session_is_trusted(session))
        return; /* a stranger that calls itself like the plugin */
    for (invocation_t *invocation = self->first; invocation;) {
        invocation_t *next = invocation->next;
        if (invocation->watcher && strcasecmp(invocation->plugin, session_name(session)) == 0)
            send_waiting(invocation, session);
        invocation = next;
    }
}

/* ---- waiting ---- */

static bool is_about_to_come(const broker_t *self, const watcher_t *watcher)
{
    if (order_is_to_start(watchers_order(self->watchers), watcher))
        return true;
    static const char *const words[] = {"waiting", "starting", "active", "backoff"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(watcher_status(watcher), words[i]) == 0)
            return watcher_is_wanted(watcher);
    return false;
}

static int refuse_absent(const watcher_t *watcher, struct ph_error *err)
{
    const char *reason = watcher_reason(watcher);
    return ph_error_set(err, PH_UNAVAILABLE, "plugin '%s' is %s%s%s",
                        inheritance_name(watcher_options(watcher)), watcher_status(watcher),
                        reason ? ": " : "", reason ? reason : "");
}

static int check_room(const broker_t *self, const watcher_t *watcher, struct ph_error *err)
{
    size_t count = 0;
    for (const invocation_t *other = self->first; other; other = other->next)
        count += other->watcher == watcher;
    if (count < BROKER_MAX_PENDING)
        return 0;
    return ph_error_set(err, PH_BUSY, "%d invocations wait for plugin '%s' already",
                        BROKER_MAX_PENDING, inheritance_name(watcher_options(watcher)));
}

static bool waits_for(const invocation_t *invocation, const void *watcher)
{
    return invocation->watcher == watcher;
}

static void fail_absent(invocation_t *self)
{
    struct ph_error err;
    refuse_absent(self->watcher, &err);
    finish(self, NULL, &err);
}

void broker_on_change(broker_t *self, const watcher_t *watcher)
{
    if (self->first && !is_about_to_come(self, watcher))
        for_each(self, waits_for, watcher, fail_absent);
}

void broker_on_removal(broker_t *self, const watcher_t *watcher)
{
    for_each(self, waits_for, watcher, fail_absent);
}

/* ---- beginning ---- */

static invocation_t *make(broker_t *self, const struct invoke_call *call, broker_done_fn *done,
                          void *arg)
{
    invocation_t *made = ph_calloc(1, sizeof *made);
    *made = (invocation_t){
        .owner = self,
        .plugin = ph_strdup(bare_name(call->plugin)),
        .method = ph_strdup(call->method),
        .trace = call->trace
                     ? ph_strdup(call->trace)
                     : ph_format("%.8s%08llx", self->epoch, (unsigned long long)++self->last_trace),
        .from = ph_strdup(call->caller),
        .args = call->args,
        .is_lenient = call->is_lenient,
        .due_ms = ph_clock_ms() + call->timeout_ms,
        .calling_session = call->session,
        .done = done,
        .arg = arg,
        .previous = self->last,
    };
    made->exchange = (struct exchange){.on_answer = on_answer, .on_lost = on_lost, .arg = made};
    made->timer = (struct timer){.fire = on_time_over, .arg = made};
    if (!call->session && call->caller_pid > 0)
        made->caller = callers_hold(self->callers, call->caller_pid);
    *(self->last ? &self->last->next : &self->first) = made;
    self->last = made;
    return made;
}

/* Says whether it can be sent, or can wait. */
static int check_target(const broker_t *self, const struct invoke_call *call,
                        const session_t *session, const watcher_t *watcher, struct ph_error *err)
{
    const char *name = bare_name(call->plugin);
    if (session && session_is_ready(session))
        return check(session, name, call->method, call->args, call->is_lenient, err);
    if (!watcher)
        return ph_error_set(err, PH_UNAVAILABLE, "plugin '%s' is not ready yet", name);
    if (!is_about_to_come(self, watcher))
        return refuse_absent(watcher, err);
    return check_room(self, watcher, err);
}

invocation_t *broker_invoke(broker_t *self, const struct invoke_call *call, broker_done_fn *done,
                            void *arg, struct ph_error *err)
{
    watcher_t *watcher;
    session_t *session = broker_find(self, call->plugin, &watcher, err);
    if ((!session && !watcher) || check_target(self, call, session, watcher, err) < 0)
        return NULL;

    invocation_t *made = make(self, call, done, arg);
    if (session && session_is_ready(session)) {
        send_invocation(made, session);
        return made;
    }
    made->watcher = watcher;
    timers_start(loop_timers(self->loop), &made->timer, call->timeout_ms);
    return made;
}

const char *invocation_trace(const invocation_t *self)
{
    return self->trace;
}
