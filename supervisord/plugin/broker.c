#include "broker.h"

#include <alloc.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>

struct broker {
    sessions_t *sessions;
    const watchers_t *watchers;
    const char *epoch;
    callers_t *callers;
    struct invocations invocations;
    zhashx_t *described; /* description_t of plugins that have ended, by their watchers */
    uint64_t last_trace;
};

static void on_caller_end(void *arg, caller_t *caller);
static void on_session_ready(void *arg, session_t *session);
static void on_session_end(void *arg, session_t *session);

static void destroy_description(void **description_p)
{
    description_destroy((description_t **)description_p);
}

static size_t hash_pointer(const void *key)
{
    return (uintptr_t)key >> 4; /* which malloc leaves zero */
}

static int compare_pointers(const void *a, const void *b)
{
    return a != b;
}

/* By the watchers themselves: one that is removed leaves its name to others before it is freed. */
static zhashx_t *description_table_new(void)
{
    zhashx_t *table = zhashx_new();
    zhashx_set_key_hasher(table, hash_pointer);
    zhashx_set_key_comparator(table, compare_pointers);
    zhashx_set_key_duplicator(table, NULL);
    zhashx_set_key_destructor(table, NULL);
    zhashx_set_destructor(table, destroy_description);
    return table;
}

broker_t *broker_new(loop_t *loop, sessions_t *sessions, const watchers_t *watchers,
                     const char *epoch)
{
    broker_t *self = ph_calloc(1, sizeof *self);
    self->invocations.timers = loop_timers(loop);
    self->sessions = sessions;
    self->watchers = watchers;
    self->epoch = epoch;
    self->callers = callers_new(loop, on_caller_end, self);
    self->described = description_table_new();
    const struct session_listener listener = {on_session_ready, on_session_end, self};
    sessions_listen(sessions, &listener);
    return self;
}

void broker_destroy(broker_t **self_p)
{
    broker_t *self = *self_p;
    if (!self)
        return;
    while (self->invocations.first)
        invocation_fail(self->invocations.first, PH_UNAVAILABLE, "the daemon ends");
    const struct session_listener nobody = {0};
    sessions_listen(self->sessions, &nobody);
    callers_destroy(&self->callers);
    zhashx_destroy(&self->described);
    free(self);
    *self_p = NULL;
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

static void on_caller_end(void *arg, caller_t *caller)
{
    broker_t *self = arg;
    invocations_end(&self->invocations, is_from_caller, caller, invocation_abandon);
}

static bool is_process_of(const watcher_t *watcher, const process_t *process)
{
    const process_t *own = watcher_next_process(watcher, NULL);
    while (own && own != process)
        own = watcher_next_process(watcher, own);
    return own != NULL;
}

/* A watcher of its name may be another than the one that it was started for. */
static void keep_description(const broker_t *self, session_t *session)
{
    const process_t *process = session_process(session);
    if (!process || !session_description(session))
        return;
    const watcher_t *watcher = watchers_find(self->watchers, process_watcher_name(process), NULL);
    if (watcher && is_process_of(watcher, process))
        zhashx_update(self->described, watcher, session_take_description(session));
}

static void on_session_end(void *arg, session_t *session)
{
    broker_t *self = arg;
    keep_description(self, session);
    invocations_end(&self->invocations, is_from_session, session, invocation_abandon);
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

/* Anybody may say by hand that this is its name: in the place of a watcher's plugin only those
 * count that have the daemon's rights. */
static session_t *find_by_hand(const broker_t *self, const char *name, const watcher_t *watcher)
{
    session_t *session = sessions_find_by_hand(self->sessions, name);
    return session && watcher && !session_is_trusted(session) ? NULL : session;
}

session_t *broker_find(const broker_t *self, const char *plugin, watcher_t **watcher,
                       struct ph_error *err)
{
    const char *name = invocation_plugin(plugin);
    ph_cleanup(ph_freep) char *full_name = ph_format("plugin:%s", name);
    *watcher = watchers_find(self->watchers, full_name, NULL);
    session_t *session = *watcher ? session_of(*watcher) : NULL;
    if (!session)
        session = find_by_hand(self, name, *watcher);
    if (!session && !*watcher)
        refuse_unknown(self, name, err);
    return session;
}

const description_t *broker_last_description(const broker_t *self, const watcher_t *watcher)
{
    return zhashx_lookup(self->described, watcher);
}

/* ---- when it comes ---- */

/* Says whether one more, of `size` bytes, may wait beside those that do. */
static int check_room(const char *plugin, size_t count, size_t bytes, size_t size,
                      struct ph_error *err)
{
    if (count >= BROKER_MAX_PENDING)
        return ph_error_set(err, PH_BUSY, "%d invocations wait for plugin '%s' already",
                            BROKER_MAX_PENDING, plugin);
    if (bytes + size > BROKER_MAX_PENDING_BYTES)
        return ph_error_set(err, PH_BUSY,
                            "invocations of %zu bytes wait for plugin '%s' already; with %zu more "
                            "it would be more than the %d allowed",
                            bytes, plugin, size, BROKER_MAX_PENDING_BYTES);
    return 0;
}

static int check(const session_t *session, const char *plugin, const char *name,
                 const ph_value_t *args, bool is_lenient, struct ph_error *err)
{
    const method_t *method = methods_find(session_methods(session), plugin, name, err);
    return method ? method_check(method, args, is_lenient, err) : -1;
}

static int check_session_room(const session_t *session, const char *plugin, size_t size,
                              struct ph_error *err)
{
    return check_room(plugin, session_pending(session), session_pending_bytes(session), size, err);
}

/* What waited is checked now: nobody knew the methods before. */
static void send_waiting(invocation_t *self, session_t *session)
{
    struct ph_error err;
    if (check(session, self->plugin, self->method, self->args, self->is_lenient, &err) < 0 ||
        check_session_room(session, self->plugin, self->size, &err) < 0)
        invocation_finish(self, NULL, &err);
    else
        invocation_send(self, session);
}

static bool waits_for_session(const invocation_t *invocation, const void *what)
{
    const session_t *session = what;
    const process_t *process = session_process(session);
    if (!invocation->watcher)
        return false;
    if (process)
        return is_process_of(invocation->watcher, process);
    return session_is_trusted(session) &&
           strcasecmp(invocation->plugin, session_name(session)) == 0;
}

static void on_session_ready(void *arg, session_t *session)
{
    broker_t *self = arg;
    for (invocation_t *waiting;
         (waiting = invocations_find(&self->invocations, waits_for_session, session));)
        send_waiting(waiting, session);
}

/* ---- while it does not ---- */

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

static int check_watcher_room(const broker_t *self, const watcher_t *watcher, size_t size,
                              struct ph_error *err)
{
    size_t count = 0, bytes = 0;
    for (const invocation_t *other = self->invocations.first; other; other = other->next) {
        if (other->watcher != watcher)
            continue;
        count++;
        bytes += other->size;
    }
    return check_room(inheritance_name(watcher_options(watcher)), count, bytes, size, err);
}

static bool waits_for(const invocation_t *invocation, const void *watcher)
{
    return invocation->watcher == watcher;
}

static void fail_absent(invocation_t *self)
{
    struct ph_error err;
    refuse_absent(self->watcher, &err);
    invocation_finish(self, NULL, &err);
}

void broker_on_change(broker_t *self, const watcher_t *watcher)
{
    if (self->invocations.first && !is_about_to_come(self, watcher))
        invocations_end(&self->invocations, waits_for, watcher, fail_absent);
}

void broker_on_removal(broker_t *self, const watcher_t *watcher)
{
    zhashx_delete(self->described, watcher);
    invocations_end(&self->invocations, waits_for, watcher, fail_absent);
}

/* ---- beginning ---- */

static int hold_caller(broker_t *self, const struct invoke_call *call, caller_t **caller,
                       struct ph_error *err)
{
    if (call->session || call->caller_pid <= 0 ||
        callers_hold(self->callers, call->caller_pid, caller) == 0)
        return 0;
    return ph_error_set(err, PH_UNAVAILABLE, "who invoked '%s' of plugin '%s' has ended",
                        call->method, invocation_plugin(call->plugin));
}

/* Says whether it can be sent, or can wait. */
static int check_target(const broker_t *self, const struct invoke_call *call,
                        const session_t *session, const watcher_t *watcher, struct ph_error *err)
{
    const char *name = invocation_plugin(call->plugin);
    if (session && session_is_ready(session)) {
        if (check(session, name, call->method, call->args, call->is_lenient, err) < 0)
            return -1;
        return check_session_room(session, name, call->size, err);
    }
    if (!watcher)
        return ph_error_set(err, PH_UNAVAILABLE, "plugin '%s' is not ready yet", name);
    if (!is_about_to_come(self, watcher))
        return refuse_absent(watcher, err);
    return check_watcher_room(self, watcher, call->size, err);
}

invocation_t *broker_invoke(broker_t *self, const struct invoke_call *call,
                            invocation_done_fn *done, void *arg, struct ph_error *err)
{
    watcher_t *watcher;
    session_t *session = broker_find(self, call->plugin, &watcher, err);
    caller_t *caller = NULL;
    if ((!session && !watcher) || check_target(self, call, session, watcher, err) < 0 ||
        hold_caller(self, call, &caller, err) < 0)
        return NULL;

    ph_cleanup(ph_freep) char *trace =
        ph_format("%.8s%08llx", self->epoch, (unsigned long long)++self->last_trace);
    struct invoke_call traced = *call;
    if (!call->trace)
        traced.trace = trace;
    invocation_t *made = invocation_new(&self->invocations, &traced, caller, done, arg);
    if (session && session_is_ready(session))
        invocation_send(made, session);
    else
        invocation_wait(made, watcher);
    return made;
}
