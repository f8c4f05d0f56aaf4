/* The plugin's side of the plugin protocol. */
#include "command.h"

#include <alloc.h>

static const char *text_property(const struct command_call *call, const char *key)
{
    return ph_value_string(ph_value_get(call->properties, key), NULL);
}

/* Returns the session of the plugin that asks, or NULL: it runs by hand, or is none. */
static session_t *session_of(const struct command_call *call)
{
    size_t size;
    const void *peer = request_peer(call->request, &size);
    return sessions_find_peer(supervisor_sessions(call->supervisor), peer, size);
}

static int check_protocol(const struct command_call *call, struct ph_error *err)
{
    int64_t min = ph_value_int(ph_value_get(call->properties, "protocol_min"), 0);
    int64_t max = ph_value_int(ph_value_get(call->properties, "protocol_max"), 0);
    if (min > max)
        return ph_error_set(err, PH_INVALID, "protocol_min is more than protocol_max");
    if (min <= PH_PROTOCOL && max >= PH_PROTOCOL)
        return 0;
    const char *who = min > PH_PROTOCOL ? "plughostd" : "the plugin";
    return ph_error_set(
        err, PH_INCOMPATIBLE,
        "the plugin speaks protocol %lld to %lld, plughostd %s speaks %d: upgrade %s",
        (long long)min, (long long)max, PH_VERSION, PH_PROTOCOL, who);
}

int command_plugin_hello(struct command_call *call, struct ph_error *err)
{
    if (check_protocol(call, err) < 0)
        return -1;
    const char *token = text_property(call, "token");
    size_t size;
    const void *peer = request_peer(call->request, &size);
    if (token && !sessions_hello(supervisor_sessions(call->supervisor), token, peer, size, err))
        return -1;

    ph_log(supervisor_log(call->supervisor), PH_LOG_DEBUG, "plugin:%s: hello from %s, version %s",
           text_property(call, "name"), token ? "a spawned plugin" : "a plugin that runs by hand",
           text_property(call, "version") ? text_property(call, "version") : "unknown");
    ph_writer_int(call->reply, "protocol", PH_PROTOCOL);
    ph_writer_string(call->reply, "pubsub_endpoint", supervisor_pubsub_address(call->supervisor));
    return 0;
}

int command_plugin_ready(struct command_call *call, struct ph_error *err)
{
    (void)err;
    session_t *session = session_of(call);
    if (session)
        process_set_ready(session_process(session), "the plugin is ready");
    return 0;
}

int command_plugin_failed(struct command_call *call, struct ph_error *err)
{
    const char *token = text_property(call, "token");
    session_t *session = session_of(call);
    if (!session && token)
        session = sessions_find_token(supervisor_sessions(call->supervisor), token);
    if (!session && token)
        return ph_error_set(err, PH_DENIED, "the token belongs to no plugin");
    if (session)
        process_set_failure(session_process(session), text_property(call, "reason"));
    return 0;
}

int command_plugin_log(struct command_call *call, struct ph_error *err)
{
    enum ph_log_level level = PH_LOG_INFO;
    const char *word = text_property(call, "level");
    if (word && ph_log_level_parse(word, &level, err) < 0)
        return -1;
    session_t *session = session_of(call);
    ph_log(supervisor_log(call->supervisor), level, "%s: %s",
           session ? process_watcher_name(session_process(session)) : "a plugin without a session",
           text_property(call, "text"));
    return 0;
}
