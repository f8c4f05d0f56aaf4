#include "session.h"

#include "delivery.h"
#include "heartbeat.h"
#include "options_table.h"
#include "reconfigure.h"

#include <alloc.h>
#include <plughost/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MS = 60000 }; /* a daemon that starts a thousand plugins takes its time */

/* ---- hello ---- */

static void write_handles(const ph_plugin_t *plugin, ph_writer_t *hello)
{
    ph_writer_array(hello, "handles");
    if (plugin->module.handle_reopen)
        ph_writer_string(hello, NULL, "reopen");
    if (plugin->module.handle_reconfigure)
        ph_writer_string(hello, NULL, "reconfigure");
    ph_writer_end(hello);
}

static ph_writer_t *write_hello(const ph_plugin_t *plugin)
{
    ph_writer_t *hello = ph_writer_new();
    ph_writer_string(hello, "name", plugin->settings->name);
    ph_writer_int(hello, "protocol_min", PH_PROTOCOL);
    ph_writer_int(hello, "protocol_max", PH_PROTOCOL);
    ph_writer_int(hello, "pid", getpid());
    ph_writer_string(hello, "sdk", "libplughost " PH_VERSION);
    if (plugin->settings->token)
        ph_writer_string(hello, "token", plugin->settings->token);
    if (plugin->module.version)
        ph_writer_string(hello, "version", plugin->module.version);
    if (plugin->module.summary)
        ph_writer_string(hello, "summary", plugin->module.summary);
    write_handles(plugin, hello);
    if (plugin->module.options)
        options_table_write(plugin->module.options, hello);
    methods_write(plugin->methods, hello);
    return hello;
}

/* Notes what the welcome says. Heartbeats begin with ready. */
static void take_welcome(ph_plugin_t *plugin, const ph_value_t *welcome)
{
    struct session *self = &plugin->session;
    snprintf(self->id, sizeof self->id, "%s",
             ph_value_string(ph_value_get(welcome, "session"), ""));
    snprintf(self->epoch, sizeof self->epoch, "%s",
             ph_value_string(ph_value_get(welcome, "epoch"), ""));
    self->heartbeat_seconds = ph_value_float(ph_value_get(welcome, "heartbeat"), 0);
    self->is_open = self->was_open = true;
    gap_counter_begin(plugin->gaps, self->epoch);
}

/* ---- subscriptions ---- */

/* Asks the daemon to count, or no longer; the answer goes to `*seq`. */
static int tell_prefix(ph_plugin_t *plugin, const char *command, const char *prefix, uint64_t *seq,
                       struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "prefix", prefix);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        requester_call(plugin->requester, command, properties, ANSWER_MS, err);
    if (!reply)
        return -1;
    *seq = (uint64_t)ph_value_int(ph_value_get(ph_message_body(reply), "seq"), 0);
    return 0;
}

/* A daemon that gave us no session does not count. */
static int have_counted(ph_plugin_t *plugin, const char *prefix, struct ph_error *err)
{
    uint64_t seq;
    if (!plugin->session.id[0])
        return 0;
    if (tell_prefix(plugin, "plugin.subscribe", prefix, &seq, err) < 0)
        return -1;
    gap_counter_subscribe(plugin->gaps, prefix, seq);
    return 0;
}

static int open_sub(ph_plugin_t *plugin, const char *address, struct ph_error *err)
{
    if (plugin->settings->pubsub)
        address = plugin->settings->pubsub;
    return subscriber_open(plugin->subscriber, address, ANSWER_MS, err);
}

/* Subscribes to our marks, once for each session. */
static void add_mark(ph_plugin_t *plugin)
{
    struct session *self = &plugin->session;
    char mark[sizeof self->mark] = "";
    if (self->id[0])
        snprintf(mark, sizeof mark, "plughost.mark.%s", self->id);
    if (strcmp(mark, self->mark) == 0)
        return;
    if (self->mark[0])
        subscriber_remove(plugin->subscriber, self->mark);
    if (mark[0])
        subscriber_add(plugin->subscriber, mark);
    memcpy(self->mark, mark, sizeof mark);
}

static void note_prefix(struct session *self, const char *prefix)
{
    self->prefixes =
        ph_realloc_array(self->prefixes, self->prefix_count + 1, sizeof *self->prefixes);
    self->prefixes[self->prefix_count++] = ph_strdup(prefix);
}

/* Returns the index of a prefix, or the count of all. */
static size_t find_prefix(const struct session *self, const char *prefix)
{
    size_t i = 0;
    while (i < self->prefix_count && strcmp(self->prefixes[i], prefix) != 0)
        i++;
    return i;
}

static void forget_prefix(struct session *self, size_t index)
{
    free(self->prefixes[index]);
    self->prefixes[index] = self->prefixes[--self->prefix_count];
}

/* What ZeroMQ subscribes to survives a session; what the daemon counts does not. */
static int subscribe_all(ph_plugin_t *plugin, struct ph_error *err)
{
    struct session *self = &plugin->session;
    if (self->prefix_count == 0)
        return 0;
    add_mark(plugin);
    if (subscriber_sync(plugin->subscriber, ANSWER_MS, err) < 0)
        return -1;
    for (size_t i = 0; i < self->prefix_count; i++)
        if (have_counted(plugin, self->prefixes[i], err) < 0)
            return -1;
    return 0;
}

static int subscribe_first(ph_plugin_t *plugin, const char *address, struct ph_error *err)
{
    static const char *const everything[] = {"", NULL};
    struct session *self = &plugin->session;
    const char *const *topic = plugin->module.topics ? plugin->module.topics : everything;
    if (!delivery_is_wanted(plugin) || !*topic)
        return 0;
    if (open_sub(plugin, address, err) < 0)
        return -1;
    for (; *topic; topic++) {
        if (find_prefix(self, *topic) < self->prefix_count)
            continue;
        note_prefix(self, *topic);
        subscriber_add(plugin->subscriber, *topic);
    }
    return subscribe_all(plugin, err);
}

int session_subscribe(ph_plugin_t *plugin, const char *prefix, struct ph_error *err)
{
    struct session *self = &plugin->session;
    if (find_prefix(self, prefix) < self->prefix_count)
        return 0;
    if (open_sub(plugin, NULL, err) < 0)
        return -1;
    add_mark(plugin);
    subscriber_add(plugin->subscriber, prefix);
    if (subscriber_sync(plugin->subscriber, ANSWER_MS, err) < 0 ||
        have_counted(plugin, prefix, err) < 0) {
        subscriber_remove(plugin->subscriber, prefix);
        return -1;
    }
    note_prefix(self, prefix);
    return 0;
}

/* ZeroMQ drops what waits in its queue once the subscription ends, and that counts: so it is taken
 * out before. */
int session_unsubscribe(ph_plugin_t *plugin, const char *prefix, struct ph_error *err)
{
    struct session *self = &plugin->session;
    size_t index = find_prefix(self, prefix);
    if (index == self->prefix_count)
        return ph_error_set(err, PH_NOT_FOUND, "plugin '%s' has not subscribed to '%.100s'",
                            ph_plugin_name(plugin), prefix);
    if (self->id[0]) {
        uint64_t seq;
        if (tell_prefix(plugin, "plugin.unsubscribe", prefix, &seq, err) < 0 ||
            subscriber_sync(plugin->subscriber, ANSWER_MS, err) < 0)
            return -1;
        gap_counter_unsubscribe(plugin->gaps, prefix, seq);
    }
    subscriber_remove(plugin->subscriber, prefix);
    forget_prefix(self, index);
    return 0;
}

/* ---- the first session ---- */

int session_open(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *hello = write_hello(plugin);
    ph_cleanup(ph_message_destroy) ph_message_t *welcome =
        requester_call(plugin->requester, "plugin.hello", hello, ANSWER_MS, err);
    if (!welcome)
        return -1;
    take_welcome(plugin, ph_message_body(welcome));
    const ph_value_t *address = ph_value_get(ph_message_body(welcome), "pubsub_endpoint");
    return subscribe_first(plugin, ph_value_string(address, NULL), err);
}

static int say_ready(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        requester_call(plugin->requester, "plugin.ready", NULL, ANSWER_MS, err);
    if (!reply)
        return -1;
    plugin->session.is_ready = true;
    heartbeat_start(plugin, plugin->session.heartbeat_seconds);
    return 0;
}

int session_be_ready(ph_plugin_t *plugin, struct ph_error *err)
{
    plugin->session.is_initialized = true;
    if (!plugin->session.is_open)
        return 0;
    if (say_ready(plugin, err) == 0 || !plugin->session.is_open)
        return 0;
    return -1;
}

/* ---- a lost connection ---- */

void session_on_lost(ph_plugin_t *plugin)
{
    plugin->session.is_open = plugin->session.is_ready = false;
    heartbeat_stop(plugin);
    invocations_cancel_all(plugin->invocations);
}

/* A connection that is lost again is waited for again; all else is the end. */
static void fail_unless_lost(ph_plugin_t *plugin, const struct ph_error *err)
{
    if (!connection_is_lost(plugin->connection))
        plugin_fail(plugin, err);
}

/* The daemon does not know the token any more: the process it belonged to is to end. */
static void on_refused(ph_plugin_t *plugin, const struct ph_error *err)
{
    if (err->code == PH_DENIED && plugin->settings->token) {
        fprintf(stderr, "%s: plughostd does not know this process any more: %s\n",
                ph_plugin_name(plugin), err->message);
        plugin->has_to_stop = true;
        return;
    }
    fail_unless_lost(plugin, err);
}

static void on_welcome(void *arg, const ph_value_t *welcome, const struct ph_error *err)
{
    ph_plugin_t *plugin = arg;
    struct ph_error failure = {0};
    if (!welcome) {
        on_refused(plugin, err);
        return;
    }
    take_welcome(plugin, welcome);
    if (subscribe_all(plugin, &failure) < 0) {
        fail_unless_lost(plugin, &failure);
        return;
    }
    reconfigure_from_welcome(plugin, ph_value_get(welcome, "options"));
    if (say_ready(plugin, &failure) < 0)
        fail_unless_lost(plugin, &failure);
}

void session_on_back(ph_plugin_t *plugin)
{
    if (plugin->session.is_open || plugin->has_to_stop || !plugin->session.was_open)
        return;
    struct ph_error err = {0};
    ph_cleanup(ph_writer_destroy) ph_writer_t *hello = write_hello(plugin);
    struct requester_async call = {.command = "plugin.hello",
                                   .properties = hello,
                                   .timeout_ms = ANSWER_MS,
                                   .function = on_welcome,
                                   .arg = plugin};
    if (requester_call_async(plugin->requester, &call, &err) < 0)
        fail_unless_lost(plugin, &err);
}

void session_release(ph_plugin_t *plugin)
{
    struct session *self = &plugin->session;
    while (self->prefix_count > 0)
        forget_prefix(self, self->prefix_count - 1);
    free(self->prefixes);
    self->prefixes = NULL;
}
