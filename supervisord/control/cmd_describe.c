/* Commands that tell what plugins are and offer. */
#include "command.h"

#include <string.h>

/* ---- methods ---- */

static void write_methods(const session_t *session, ph_writer_t *reply)
{
    if (session && session_methods(session))
        methods_write(session_methods(session), session_name(session), reply);
}

static int write_methods_of(const struct command_call *call, const char *name, struct ph_error *err)
{
    watcher_t *watcher;
    session_t *session = broker_find(supervisor_broker(call->supervisor), name, &watcher, err);
    write_methods(session, call->reply);
    return session || watcher ? 0 : -1;
}

static void write_all_methods(const struct command_call *call)
{
    const watchers_t *watchers = supervisor_watchers(call->supervisor);
    const sessions_t *sessions = supervisor_sessions(call->supervisor);
    for (size_t i = 0; i < watchers_count(watchers); i++) {
        const char *name = watcher_name(watchers_at(watchers, i));
        watcher_t *watcher;
        session_t *session = broker_find(supervisor_broker(call->supervisor), name, &watcher, NULL);
        if (session && session_process(session)) /* those by hand come below */
            write_methods(session, call->reply);
    }
    for (session_t *session = NULL; (session = sessions_next_by_hand(sessions, session));)
        write_methods(session, call->reply);
}

int command_methods(struct command_call *call, struct ph_error *err)
{
    int outcome = 0;
    ph_writer_array(call->reply, "methods");
    if (ph_value_type(ph_value_get(call->properties, "name")) == PH_NIL)
        write_all_methods(call);
    else
        outcome = command_each_plugin(call, write_methods_of, err);
    ph_writer_end(call->reply);
    return outcome;
}

/* ---- describe ---- */

static const char *value_of(const watcher_t *watcher, const char *key)
{
    const struct pairs *option = &watcher_options(watcher)->option;
    for (size_t i = 0; i < option->count; i++)
        if (strcmp(option->items[i].key, key) == 0)
            return option->items[i].value;
    return NULL;
}

/* An option as the plugin describes it, with the value that the configuration gives it. */
static void write_option(ph_writer_t *reply, const ph_value_t *option, const watcher_t *watcher)
{
    static const char *const keys[] = {"name", "type", "required", "default",
                                       "min",  "max",  "choices",  "text"};
    const char *name = ph_value_string(ph_value_get(option, "name"), "");
    const char *value = watcher ? value_of(watcher, name) : NULL;
    ph_writer_map(reply, NULL);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (ph_value_get(option, keys[i]))
            ph_writer_value(reply, keys[i], ph_value_get(option, keys[i]));
    if (value)
        ph_writer_string(reply, "value", value);
    ph_writer_end(reply);
}

static void write_said(ph_writer_t *reply, const description_t *description, const char *key)
{
    if (description_get(description, key))
        ph_writer_value(reply, key, description_get(description, key));
}

/* What is so only while it is connected. */
static void write_connection(ph_writer_t *reply, const session_t *session)
{
    write_said(reply, session_description(session), "pid");
    ph_writer_int(reply, "protocol", PH_PROTOCOL); /* no other is agreed on */
    ph_writer_array(reply, "subscriptions");
    session_write_subscriptions(session, reply);
    ph_writer_end(reply);
}

static void write_description(ph_writer_t *reply, const description_t *description,
                              const watcher_t *watcher)
{
    static const char *const keys[] = {"version", "summary", "sdk", "handles"};
    const ph_value_t *options = description_get(description, "options");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        write_said(reply, description, keys[i]);
    ph_writer_array(reply, "options");
    for (size_t i = 0; i < ph_value_size(options); i++)
        write_option(reply, ph_value_at(options, i), watcher);
    ph_writer_end(reply);
    ph_writer_array(reply, "methods");
    methods_write(description_methods(description), NULL, reply);
    ph_writer_end(reply);
}

int command_describe(struct command_call *call, struct ph_error *err)
{
    watcher_t *watcher;
    const broker_t *broker = supervisor_broker(call->supervisor);
    const session_t *session = broker_find(broker, command_text(call, "name"), &watcher, err);
    if (!session && !watcher)
        return -1;
    const description_t *description =
        session ? session_description(session) : broker_last_description(broker, watcher);
    ph_writer_string(call->reply, "name",
                     session ? session_name(session) : inheritance_name(watcher_options(watcher)));
    ph_writer_string(call->reply, "state", watcher ? watcher_status(watcher) : "by hand");
    ph_writer_bool(call->reply, "connected", session != NULL);
    if (session)
        write_connection(call->reply, session);
    if (description)
        write_description(call->reply, description, watcher);
    return 0;
}
