#include "command.h"

#include "match.h"

#include <alloc.h>
#include <lower.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>
#include <wire/utf8.h>

static command_fn *const functions[] = {
    [COMMAND_PING] = command_ping,
    [COMMAND_VERSION] = command_version,
    [COMMAND_LIST] = command_list,
    [COMMAND_STATUS] = command_status,
    [COMMAND_START] = command_start,
    [COMMAND_STOP] = command_stop,
    [COMMAND_RESTART] = command_restart,
    [COMMAND_RELOAD] = command_reload,
    [COMMAND_RESET] = command_reset,
    [COMMAND_WHY] = command_why,
    [COMMAND_LOGS] = command_logs,
    [COMMAND_STATS] = command_stats,
    [COMMAND_DSTATS] = command_dstats,
    [COMMAND_INCR] = command_incr,
    [COMMAND_DECR] = command_decr,
    [COMMAND_SIGNAL] = command_signal,
    [COMMAND_KILL] = command_kill,
    [COMMAND_ADD] = command_add,
    [COMMAND_RM] = command_rm,
    [COMMAND_NUMPROCESSES] = command_numprocesses,
    [COMMAND_NUMWATCHERS] = command_numwatchers,
    [COMMAND_SET] = command_set,
    [COMMAND_GET] = command_get,
    [COMMAND_OPTIONS] = command_options,
    [COMMAND_GLOBALOPTIONS] = command_globaloptions,
    [COMMAND_CONFIG] = command_config,
    [COMMAND_PLAN] = command_plan,
    [COMMAND_APPLY] = command_apply,
    [COMMAND_RELOADCONFIG] = command_reloadconfig,
    [COMMAND_INVOKE] = command_invoke,
    [COMMAND_METHODS] = command_methods,
    [COMMAND_DESCRIBE] = command_describe,
    [COMMAND_PUBLISH] = command_publish,
    [COMMAND_METRICS] = command_metrics,
    [COMMAND_LISTSOCKETS] = command_listsockets,
    [COMMAND_REOPEN] = command_reopen,
    [COMMAND_QUIT] = command_quit,
    [COMMAND_HELP] = command_help,
    [COMMAND_PLUGIN_HELLO] = command_plugin_hello,
    [COMMAND_PLUGIN_SUBSCRIBE] = command_plugin_subscribe,
    [COMMAND_PLUGIN_UNSUBSCRIBE] = command_plugin_unsubscribe,
    [COMMAND_PLUGIN_METHOD] = command_plugin_method,
    [COMMAND_PLUGIN_HEARTBEAT] = command_plugin_heartbeat,
    [COMMAND_PLUGIN_METRICS] = command_plugin_metrics,
    [COMMAND_PLUGIN_READY] = command_plugin_ready,
    [COMMAND_PLUGIN_FAILED] = command_plugin_failed,
    [COMMAND_PLUGIN_LOG] = command_plugin_log,
};
_Static_assert(sizeof functions / sizeof functions[0] == COMMAND_COUNT, "a function each");

/* ---- checks ---- */

static const struct command_info *find_command(const char *name, struct ph_error *err)
{
    const struct command_info *info = command_info_find(name);
    if (info)
        return info;

    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (!(command_infos[i].flags & COMMAND_PLUGIN))
            ph_nearest_consider(&nearest, name, command_infos[i].name);
    ph_error_set(err, PH_UNKNOWN_COMMAND, "unknown command '%.100s'", name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, "'help' lists the commands");
    return NULL;
}

/* A text with a NUL within would be cut there, and mean something else than it says. */
static bool is_text(const ph_value_t *value)
{
    const char *text = ph_value_string(value, "");
    size_t size = ph_value_size(value);
    return ph_value_type(value) == PH_STRING && strlen(text) == size && wire_is_utf8(text, size);
}

static bool is_text_list(const ph_value_t *value)
{
    for (size_t i = 0; i < ph_value_size(value); i++)
        if (!is_text(ph_value_at(value, i)))
            return false;
    return ph_value_type(value) == PH_ARRAY;
}

static bool fits(const ph_value_t *value, enum property_type type)
{
    enum ph_type is = ph_value_type(value);
    switch (type) {
    case PROPERTY_TEXT:
        return is_text(value);
    case PROPERTY_NAMES:
        return is_text(value) || is_text_list(value);
    case PROPERTY_BOOL:
        return is == PH_BOOL;
    case PROPERTY_INT:
        return is == PH_INT;
    case PROPERTY_NUMBER:
        return is == PH_INT || is == PH_FLOAT;
    case PROPERTY_SIGNAL:
        return is == PH_INT || is_text(value);
    case PROPERTY_WORDS:
        return is_text(value) || is_text_list(value);
    case PROPERTY_MAP:
        return is == PH_MAP;
    case PROPERTY_LIST:
        return is == PH_ARRAY;
    }
    return false;
}

/* Nil counts as left out. */
static int check_property(const struct command_info *info, const ph_value_t *key,
                          const ph_value_t *value, struct ph_error *err)
{
    const char *name = ph_value_string(key, "?");
    const struct property *property = command_info_property(info, name);
    if (!property || !is_text(key)) {
        ph_error_set(err, PH_INVALID, "'%s' has no property '%.100s'", info->name, name);
        return ph_error_hint(err, "'help' with name = '%s' lists them", info->name);
    }
    if (ph_value_type(value) == PH_NIL || fits(value, property->type))
        return 0;
    return ph_error_set(err, PH_INVALID, "property '%s' of '%s' must be a %s", name, info->name,
                        property_type_name(property->type));
}

static int check_properties(const struct command_info *info, const ph_value_t *properties,
                            struct ph_error *err)
{
    for (size_t i = 0; i < ph_value_size(properties); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(properties, i, &key);
        if (check_property(info, key, value, err) < 0)
            return -1;
    }
    for (const struct property *property = info->properties; property->name; property++)
        if (property->is_required &&
            ph_value_type(ph_value_get(properties, property->name)) == PH_NIL)
            return ph_error_set(err, PH_INVALID, "property '%s' of '%s' is missing", property->name,
                                info->name);
    return 0;
}

/* ---- running one ---- */

static int run(const struct command_info *info, struct command_call *call, struct ph_error *err)
{
    if (info->flags & COMMAND_ENCODED)
        return functions[info - command_infos](call, err);
    call->properties = request_properties(call->request);
    if (check_properties(info, call->properties, err) < 0)
        return -1;
    return functions[info - command_infos](call, err);
}

/* Returns the session of the plugin that asks, or NULL: it is none. Whatever it asks shows that it
 * is alive. */
static session_t *session_of(const supervisor_t *supervisor, request_t *request)
{
    size_t size;
    if (!endpoint_is_own(request)) /* routing ids elsewhere say nothing here */
        return NULL;
    const void *peer = request_peer(request, &size);
    session_t *session = sessions_find_peer(supervisor_sessions(supervisor), peer, size);
    if (session)
        session_show_life(session);
    return session;
}

void command_run(void *arg, request_t *request)
{
    supervisor_t *supervisor = arg;
    struct ph_error err = {0};
    /* Circus's answers are made of ours in msgpack, whatever was asked in. */
    bool is_json = request_is_json(request) && endpoint_is_own(request);
    ph_writer_t *reply = supervisor_scratch_reply(supervisor, is_json);
    struct command_call call = {.supervisor = supervisor,
                                .request = request,
                                .session = session_of(supervisor, request),
                                .reply = reply};
    const struct command_info *info = find_command(request_command(request), &err);
    int outcome = info ? run(info, &call, &err) : -1;

    endpoint_t *endpoint = supervisor_endpoint(supervisor);
    if (outcome < 0)
        endpoint_refuse(endpoint, &call.request, &err);
    else if (call.request)
        endpoint_reply(endpoint, &call.request, reply);
}

const char *command_text(const struct command_call *call, const char *key)
{
    return ph_value_string(ph_value_get(call->properties, key), NULL);
}

char *command_reason(const struct command_call *call)
{
    const char *sender = request_sender(call->request);
    return ph_format("command '%s'%s%s", request_command(call->request), sender[0] ? " from " : "",
                     sender);
}

char *command_sender(const struct command_call *call)
{
    const char *sender = request_sender(call->request);
    if (call->session && session_is_trusted(call->session))
        return ph_format("plugin:%s", session_name(call->session));
    return ph_strdup(sender[0] ? sender : "unknown");
}

watcher_t *command_watcher(const struct command_call *call, struct ph_error *err)
{
    return watchers_find(supervisor_watchers(call->supervisor), command_text(call, "name"), err);
}

/* Notes a name, and says whether it is new: small and large letters are the same. */
static bool is_new_name(zhashx_t *names, const char *name)
{
    ph_cleanup(ph_freep) char *small = ph_lower(ph_strdup(name));
    return zhashx_insert(names, small, names) == 0;
}

int command_each_plugin(const struct command_call *call, command_plugin_fn *act,
                        struct ph_error *err)
{
    const ph_value_t *names = ph_value_get(call->properties, "name");
    if (ph_value_type(names) == PH_STRING)
        return act(call, ph_value_string(names, ""), err);
    ph_cleanup(zhashx_destroy) zhashx_t *seen = zhashx_new();
    for (size_t i = 0; i < ph_value_size(names); i++) {
        const char *name = ph_value_string(ph_value_at(names, i), "");
        if (is_new_name(seen, invocation_plugin(name)) && act(call, name, err) < 0)
            return -1;
    }
    return 0;
}

static bool waits(const struct command_call *call)
{
    return ph_value_bool(ph_value_get(call->properties, "waiting"), false);
}

int command_check_change(const struct command_call *call, struct ph_error *err)
{
    if (supervisor_is_ending(call->supervisor)) {
        ph_error_set(err, PH_UNAVAILABLE, "the daemon ends");
        return ph_error_hint(err, "try again when it runs again");
    }
    return waits(call) ? jobs_check_room(supervisor_jobs(call->supervisor), err) : 0;
}

void command_wait(struct command_call *call, enum job_goal goal, watcher_t *watcher)
{
    if (waits(call))
        jobs_add(supervisor_jobs(call->supervisor), &call->request, goal, &watcher, 1, call->reply);
}

void command_wait_comparing(struct command_call *call, enum job_goal goal, watcher_t *watcher,
                            struct pids *before)
{
    if (waits(call))
        jobs_add_comparing(supervisor_jobs(call->supervisor), &call->request, goal, watcher, before,
                           call->reply);
}

/* ---- selections ---- */

static void add_once(struct selection *self, watcher_t *watcher)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->watchers[i] == watcher)
            return;
    self->watchers = ph_realloc_array(self->watchers, self->count + 1, sizeof(watcher_t *));
    self->watchers[self->count++] = watcher;
}

static int add_matching(struct selection *self, const struct command_call *call, const char *method,
                        const char *pattern, struct ph_error *err)
{
    ph_cleanup(match_destroy) match_t *match = match_new(method, pattern, err);
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    bool is_found = false;
    for (size_t i = 0; match && i < watchers_count(watchers); i++) {
        if (!match_fits(match, watcher_name(watchers_at(watchers, i))))
            continue;
        add_once(self, watchers_at(watchers, i));
        is_found = true;
    }
    if (!match || is_found)
        return match ? 0 : -1;
    ph_error_set(err, PH_NOT_FOUND, "no watcher matches '%.100s' (%s)", pattern, method);
    return ph_error_hint(err, "'plughostctl list' shows the names");
}

static int add_named(struct selection *self, const struct command_call *call,
                     const ph_value_t *name, struct ph_error *err)
{
    const char *method = command_text(call, "match");
    if (method)
        return add_matching(self, call, method, ph_value_string(name, ""), err);
    watcher_t *watcher =
        watchers_find(supervisor_watchers(call->supervisor), ph_value_string(name, ""), err);
    if (!watcher)
        return -1;
    add_once(self, watcher);
    return 0;
}

int selection_read(struct selection *self, const struct command_call *call, struct ph_error *err)
{
    *self = (struct selection){0};
    const ph_value_t *names = ph_value_get(call->properties, "name");
    if (ph_value_type(names) == PH_STRING) {
        if (add_named(self, call, names, err) == 0)
            return 0;
        selection_release(self);
        return -1;
    }
    if (ph_value_type(names) == PH_NIL && command_text(call, "match"))
        return ph_error_set(err, PH_INVALID, "match needs name, what is to be matched");
    if (ph_value_type(names) == PH_NIL)
        *self = selection_of_all(call->supervisor);
    size_t count = watchers_count(supervisor_watchers(call->supervisor));
    if (ph_value_size(names) > count && !self->watchers)
        return ph_error_set(err, PH_INVALID, "%zu names for %zu watchers", ph_value_size(names),
                            count);
    for (size_t i = 0; i < ph_value_size(names); i++) {
        if (add_named(self, call, ph_value_at(names, i), err) < 0) {
            selection_release(self);
            return -1;
        }
    }
    return 0;
}

struct selection selection_of_all(const supervisor_t *supervisor)
{
    const watchers_t *watchers = supervisor_watchers(supervisor);
    struct selection all = {.count = watchers_count(watchers)};
    all.watchers = ph_calloc(all.count, sizeof(watcher_t *));
    for (size_t i = 0; i < all.count; i++)
        all.watchers[i] = watchers_at(watchers, i);
    return all;
}

void selection_release(struct selection *self)
{
    free(self->watchers);
    *self = (struct selection){0};
}

void selection_write(const struct selection *self, ph_writer_t *reply)
{
    ph_writer_array(reply, "watchers");
    for (size_t i = 0; i < self->count; i++)
        ph_writer_string(reply, NULL, watcher_name(self->watchers[i]));
    ph_writer_end(reply);
}
