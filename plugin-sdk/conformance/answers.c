#include "answers.h"

#include "daemon_state.h"

#include <clock.h>
#include <string.h>
#include <unistd.h>

/* Adds the fields of the reply, or returns -1 with the reason why not. */
typedef int answer_fn(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                      struct ph_error *err);

struct answer {
    const char *command;
    answer_fn *fill;
    bool has_epoch; /* also for a request without a `client` */
};

static int refuse_hello(enum welcome welcome, struct ph_error *err)
{
    if (welcome == WELCOME_DENIED)
        return ph_error_set(err, PH_DENIED, "the token belongs to no running process");
    return ph_error_set(err, PH_INCOMPATIBLE,
                        "the plugin speaks another protocol than plughostd: upgrade the plugin");
}

static int answer_hello(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                        struct ph_error *err)
{
    (void)properties;
    enum welcome welcome = self->run > 1 ? self->script.again : self->script.welcome;
    if (welcome != WELCOME_OK)
        return refuse_hello(welcome, err);

    self->plugin = self->sender;
    ph_writer_int(reply, "protocol", PH_PROTOCOL);
    ph_writer_string(reply, "pubsub_endpoint", self->pubsub);
    ph_writer_int(reply, "seq", (int64_t)self->seq);
    ph_writer_string(reply, "session", strrchr(self->mark_topic, '.') + 1);
    ph_writer_float(reply, "heartbeat",
                    self->script.wants_heartbeats ? self->settings.heartbeat_s : 0);
    ph_writer_map(reply, "options");
    ph_writer_merge(reply, self->settings.options);
    ph_writer_end(reply);
    return 0;
}

static int answer_subscribe(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                            struct ph_error *err)
{
    const ph_value_t *prefix = ph_value_get(properties, "prefix");
    if (ph_value_type(prefix) != PH_STRING)
        return ph_error_set(err, PH_INVALID, "property 'prefix' is missing");
    daemon_count_prefix(self, ph_value_string(prefix, ""));
    ph_writer_int(reply, "seq", (int64_t)self->seq);
    return 0;
}

static int answer_unsubscribe(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                              struct ph_error *err)
{
    (void)err;
    daemon_forget_prefix(self, ph_value_string(ph_value_get(properties, "prefix"), ""));
    ph_writer_int(reply, "seq", (int64_t)self->seq);
    return 0;
}

static int answer_heartbeat(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                            struct ph_error *err)
{
    (void)properties, (void)reply, (void)err;
    daemon_mark(self);
    return 0;
}

static int answer_ping(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                       struct ph_error *err)
{
    (void)self, (void)properties, (void)err;
    ph_writer_int(reply, "pid", getpid());
    return 0;
}

static int answer_version(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                          struct ph_error *err)
{
    (void)properties, (void)err;
    ph_writer_string(reply, "version", PH_VERSION);
    ph_writer_int(reply, "protocol", PH_PROTOCOL);
    ph_writer_string(reply, "endpoint", self->endpoint);
    ph_writer_string(reply, "pubsub_endpoint", self->pubsub);
    ph_writer_int(reply, "pid", getpid());
    return 0;
}

/* A daemon without watchers. */
static int answer_status(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                         struct ph_error *err)
{
    (void)properties, (void)err;
    ph_writer_map(reply, "statuses");
    ph_writer_end(reply);
    ph_writer_array(reply, "watchers");
    ph_writer_end(reply);
    ph_writer_int(reply, "seq", (int64_t)self->seq);
    return 0;
}

static int answer_list(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                       struct ph_error *err)
{
    (void)self, (void)properties, (void)err;
    ph_writer_array(reply, "watchers");
    ph_writer_end(reply);
    return 0;
}

static void publish(daemon_t *self, const ph_value_t *event)
{
    const char *topic = ph_value_string(ph_value_get(event, "topic"), "");
    daemon_publish_fields(self, topic, ph_value_get(event, "fields"));
}

static int answer_publish(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                          struct ph_error *err)
{
    (void)err;
    const ph_value_t *events = ph_value_get(properties, "events");
    size_t count = ph_value_size(events);
    for (size_t i = 0; i < count; i++)
        publish(self, ph_value_at(events, i));
    if (!events)
        publish(self, properties);
    ph_writer_int(reply, "count", events ? (int64_t)count : 1);
    ph_writer_int(reply, "seq", (int64_t)self->seq);
    return 0;
}

static int answer_nothing(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                          struct ph_error *err)
{
    (void)self, (void)properties, (void)reply, (void)err;
    return 0;
}

static int answer_invoke(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                         struct ph_error *err)
{
    (void)self, (void)reply;
    return ph_error_set(err, PH_NOT_FOUND, "no watcher is named '%s'",
                        ph_value_string(ph_value_get(properties, "plugin"), ""));
}

static const struct answer answers[] = {
    {"invoke", answer_invoke, false},
    {"list", answer_list, false},
    {"ping", answer_ping, true},
    {"plugin.failed", answer_nothing, false},
    {"plugin.heartbeat", answer_heartbeat, false},
    {"plugin.hello", answer_hello, true},
    {"plugin.log", answer_nothing, false},
    {"plugin.method", answer_nothing, false},
    {"plugin.metrics", answer_nothing, false},
    {"plugin.ready", answer_nothing, false},
    {"plugin.subscribe", answer_subscribe, false},
    {"plugin.unsubscribe", answer_unsubscribe, false},
    {"publish", answer_publish, false},
    {"status", answer_status, true},
    {"version", answer_version, false},
};

static int answer_unknown(daemon_t *self, const ph_value_t *properties, ph_writer_t *reply,
                          struct ph_error *err)
{
    (void)self, (void)properties, (void)reply;
    return ph_error_set(err, PH_UNKNOWN_COMMAND, "unknown command");
}

static const struct answer *find_answer(const ph_value_t *request)
{
    static const struct answer unknown = {"", answer_unknown, false};
    const char *command = ph_value_string(ph_value_get(request, "command"), "");
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(answers[i].command, command) == 0)
            return &answers[i];
    return &unknown;
}

static void write_error(ph_writer_t *reply, const struct ph_error *err)
{
    static const int numbers[] = {[PH_UNKNOWN_COMMAND] = 2,
                                  [PH_INVALID] = 3,
                                  [PH_NOT_FOUND] = 3,
                                  [PH_DENIED] = 3,
                                  [PH_INCOMPATIBLE] = 3};
    ph_writer_string(reply, "status", "error");
    ph_writer_string(reply, "reason", err->message);
    ph_writer_string(reply, "code", ph_code_name(err->code));
    ph_writer_int(reply, "errno", numbers[err->code]);
}

void answer(daemon_t *self, const ph_value_t *request)
{
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_value(reply, "id", ph_value_get(request, "id"));
    ph_writer_float(reply, "time", ph_clock_wall());
    const struct answer *row = find_answer(request);
    bool is_done = row->fill(self, ph_value_get(request, "properties"), fields, &err) == 0;
    bool is_cast = strcmp(ph_value_string(ph_value_get(request, "msg_type"), ""), "cast") == 0;
    if (is_cast && !self->has_empty)
        return;

    if (!is_done && !is_cast)
        write_error(reply, &err);
    else
        ph_writer_string(reply, "status", "ok");
    if (is_done && !is_cast)
        ph_writer_merge(reply, fields);
    if ((is_done && row->has_epoch) || ph_value_get(request, "client"))
        ph_writer_string(reply, "epoch", self->epoch);
    if (self->script.has_unknown_fields)
        ph_writer_string(reply, "of_a_later_version", "to be ignored");
    daemon_reply(self, reply);
}
