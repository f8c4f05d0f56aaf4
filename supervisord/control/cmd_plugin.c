/* The plugin's side of the plugin protocol. */
#include "../config/section.h"
#include "command.h"

#include <alloc.h>
#include <stdio.h>
#include <stdlib.h>

static int need_session(const struct command_call *call, struct ph_error *err)
{
    if (call->session)
        return 0;
    ph_error_set(err, PH_DENIED, "'%s' is for plugins that have said hello",
                 request_command(call->request));
    return ph_error_hint(err, "send plugin.hello first, on the same connection");
}

static int need_rights(const struct command_call *call, const char *what, struct ph_error *err)
{
    if (session_is_trusted(call->session))
        return 0;
    return ph_error_set(err, PH_DENIED,
                        "a plugin without a token that runs as another user may not %s", what);
}

/* ---- hello ---- */

static int check_protocol(const struct command_call *call, struct ph_error *err)
{
    int64_t min = ph_value_int(ph_value_get(call->properties, "protocol_min"), 0);
    int64_t max = ph_value_int(ph_value_get(call->properties, "protocol_max"), 0);
    if (min > max)
        return ph_error_set(err, PH_INVALID, "protocol_min is more than protocol_max");
    if (min <= PH_PROTOCOL && max >= PH_PROTOCOL)
        return 0;
    bool is_newer = min > PH_PROTOCOL;
    return ph_error_set(
        err, PH_INCOMPATIBLE,
        "the plugin speaks protocol %lld to %lld, plughostd %s speaks %d: upgrade %s to one that "
        "speaks %lld",
        (long long)min, (long long)max, PH_VERSION, PH_PROTOCOL,
        is_newer ? "plughostd" : "the plugin", (long long)(is_newer ? min : PH_PROTOCOL));
}

/* A third of what the watchdog allows; one by hand that falls silent is forgotten. */
static double heartbeat_seconds(const session_t *session)
{
    const process_t *process = session_process(session);
    int64_t limit_ms = process ? process_options(process)->watchdog_ms : BY_HAND_SILENCE_MS;
    return (double)limit_ms / 3000;
}

static void write_options(const session_t *session, ph_writer_t *reply)
{
    const process_t *process = session_process(session);
    if (!process)
        return;
    const struct pairs *option = &process_options(process)->option;
    ph_writer_map(reply, "options");
    for (size_t i = 0; i < option->count; i++)
        ph_writer_string(reply, option->items[i].key, option->items[i].value);
    ph_writer_end(reply);
}

static void write_welcome(const struct command_call *call, const session_t *session)
{
    ph_writer_t *reply = call->reply;
    bool is_epoch_told = request_client(call->request)[0] != '\0';
    ph_writer_int(reply, "protocol", PH_PROTOCOL);
    ph_writer_string(reply, "pubsub_endpoint",
                     supervisor_settings(call->supervisor)->pubsub_endpoint);
    if (!is_epoch_told)
        ph_writer_string(reply, "epoch", supervisor_epoch(call->supervisor));
    ph_writer_int(reply, "seq", bus_seq(supervisor_host(call->supervisor)->bus));
    ph_writer_string(reply, "session", session_word(session));
    ph_writer_float(reply, "heartbeat", heartbeat_seconds(session));
    write_options(session, reply);
}

/* One with a token has the name of its watcher, whatever it says. */
static int check_name(const struct command_call *call, struct ph_error *err)
{
    const char *name = command_text(call, "name");
    if (command_text(call, "token"))
        return 0;
    if (!name[0])
        return ph_error_set(err, PH_INVALID, "property 'name' of 'plugin.hello' is empty");
    return section_check_name(name, err);
}

int command_plugin_hello(struct command_call *call, struct ph_error *err)
{
    if (check_protocol(call, err) < 0 || check_name(call, err) < 0)
        return -1;
    struct session_hello hello = {.pid = request_sender_pid(call->request),
                                  .is_trusted = request_sender_is_trusted(call->request),
                                  .token = command_text(call, "token"),
                                  .name = command_text(call, "name"),
                                  .properties = call->properties};
    hello.identity = request_peer(call->request, &hello.identity_size);
    session_t *session = sessions_hello(supervisor_sessions(call->supervisor), &hello, err);
    if (!session)
        return -1;

    const char *version = command_text(call, "version");
    ph_log(supervisor_log(call->supervisor), PH_LOG_DEBUG, "plugin:%s: hello from %s, version %s",
           session_name(session), hello.token ? "a spawned plugin" : "a plugin that runs by hand",
           version ? version : "unknown");
    write_welcome(call, session);
    return 0;
}

/* ---- the session ---- */

int command_plugin_subscribe(struct command_call *call, struct ph_error *err)
{
    if (need_session(call, err) < 0 ||
        session_subscribe(call->session, command_text(call, "prefix"), err) < 0)
        return -1;
    ph_writer_int(call->reply, "seq", bus_seq(supervisor_host(call->supervisor)->bus));
    return 0;
}

int command_plugin_unsubscribe(struct command_call *call, struct ph_error *err)
{
    if (need_session(call, err) < 0 ||
        session_unsubscribe(call->session, command_text(call, "prefix"), err) < 0)
        return -1;
    ph_writer_int(call->reply, "seq", bus_seq(supervisor_host(call->supervisor)->bus));
    return 0;
}

int command_plugin_method(struct command_call *call, struct ph_error *err)
{
    if (need_session(call, err) < 0 || need_rights(call, "offer methods", err) < 0)
        return -1;
    return methods_add(session_methods(call->session), call->properties, err);
}

int command_plugin_ready(struct command_call *call, struct ph_error *err)
{
    if (need_session(call, err) < 0)
        return -1;
    /* The answer goes first: what waits for the plugin is sent to it as soon as it is ready. */
    endpoint_reply(supervisor_endpoint(call->supervisor), &call->request, call->reply);
    session_set_ready(call->session);
    return 0;
}

int command_plugin_failed(struct command_call *call, struct ph_error *err)
{
    const char *token = command_text(call, "token");
    session_t *session = call->session;
    if (!session && token)
        session = sessions_find_token(supervisor_sessions(call->supervisor), token);
    if (!session && token)
        return ph_error_set(err, PH_DENIED, "the token belongs to no plugin");
    if (session && session_process(session))
        process_set_failure(session_process(session), command_text(call, "reason"));
    return 0;
}

int command_plugin_heartbeat(struct command_call *call, struct ph_error *err)
{
    enum { MAX_BUSY_S = 86400 };
    double busy = ph_value_float(ph_value_get(call->properties, "busy"), 0);
    if (need_session(call, err) < 0)
        return -1;
    if (!(busy >= 0 && busy <= MAX_BUSY_S))
        return ph_error_set(err, PH_INVALID, "busy must be from 0 to %d seconds", MAX_BUSY_S);
    int64_t missed = ph_value_int(ph_value_get(call->properties, "missed"), 0);
    session_take_heartbeat(call->session, (int64_t)(busy * 1000));
    session_set_missed(call->session, missed < 0 ? 0 : missed);
    session_mark(call->session);
    return 0;
}

/* A cast: what is wrong with it is told to the log. */
int command_plugin_metrics(struct command_call *call, struct ph_error *err)
{
    if (need_session(call, err) < 0 || need_rights(call, "report metrics", err) < 0)
        return -1;
    if (metrics_take(supervisor_metrics(call->supervisor), session_name(call->session),
                     ph_value_get(call->properties, "metrics"), err) == 0)
        return 0;
    ph_log(supervisor_log(call->supervisor), PH_LOG_WARNING, "plugin:%s: %s",
           session_name(call->session), err->message);
    return -1;
}

/* ---- the log ---- */

/* Returns " key=value ..." for what stands behind a line, which the caller frees. The log has no
 * longer lines. */
static char *fields_text(const ph_value_t *fields)
{
    enum { TEXT_MAX_BYTES = 4096 };
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < ph_value_size(fields) && ftell(out) < TEXT_MAX_BYTES; i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(fields, i, &key);
        ph_cleanup(ph_freep) char *json = ph_value_to_json(value);
        fprintf(out, " %s=%s", ph_value_string(key, "?"), json);
    }
    fclose(out);
    return text;
}

int command_plugin_log(struct command_call *call, struct ph_error *err)
{
    enum ph_log_level level = PH_LOG_INFO;
    const char *word = command_text(call, "level");
    if (word && ph_log_level_parse(word, &level, err) < 0)
        return -1;
    ph_cleanup(ph_freep) char *fields = fields_text(ph_value_get(call->properties, "fields"));
    ph_cleanup(ph_freep) char *name = call->session
                                          ? ph_format("plugin:%s", session_name(call->session))
                                          : ph_strdup("a plugin without a session");
    ph_log(supervisor_log(call->supervisor), level, "%s: %s%s", name, command_text(call, "text"),
           fields);
    return 0;
}
