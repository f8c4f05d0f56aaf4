#include "connection.h"
#include "options.h"

#include <alloc.h>
#include <errno.h>
#include <log.h>
#include <plughost/plugin.h>
#include <plughost/version.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <wire/utf8.h>
#include <zmq.h>

enum {
    HELLO_TIMEOUT_MS = 5000,
    REPORT_TIMEOUT_MS = 1000,
    EVENTS_AT_ONCE = 64, /* then signals and requests get their turn */
    LOG_TEXT_MAX = 4096, /* the daemon's log has no longer lines */
};

struct ph_plugin {
    const struct ph_plugin_settings *settings;
    struct ph_plugin_module module; /* a copy: the module's own may be shorter */
    connection_t *connection;
    void *data;
    int signal_fd;
    bool has_to_stop;
    bool has_to_reopen;
};

/* ---- what callbacks use ---- */

const char *ph_plugin_name(const ph_plugin_t *self)
{
    return self->settings->name;
}

void ph_plugin_set_data(ph_plugin_t *self, void *data)
{
    self->data = data;
}

void *ph_plugin_data(const ph_plugin_t *self)
{
    return self->data;
}

const char *ph_plugin_option(const ph_plugin_t *self, const char *key, const char *fallback)
{
    return ph_value_string(ph_value_get(self->settings->options, key), fallback);
}

int ph_plugin_option_int(const ph_plugin_t *self, const char *key, int64_t fallback, int64_t *value,
                         struct ph_error *err)
{
    const char *text = ph_plugin_option(self, key, NULL);
    if (text)
        return option_parse_int(key, text, value, err);
    *value = fallback;
    return 0;
}

int ph_plugin_option_float(const ph_plugin_t *self, const char *key, double fallback, double *value,
                           struct ph_error *err)
{
    const char *text = ph_plugin_option(self, key, NULL);
    if (text)
        return option_parse_float(key, text, value, err);
    *value = fallback;
    return 0;
}

int ph_plugin_option_bool(const ph_plugin_t *self, const char *key, bool fallback, bool *value,
                          struct ph_error *err)
{
    const char *text = ph_plugin_option(self, key, NULL);
    if (text)
        return option_parse_bool(key, text, value, err);
    *value = fallback;
    return 0;
}

ph_message_t *ph_plugin_call(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                             int timeout_ms, struct ph_error *err)
{
    return connection_call(self->connection, command, properties, timeout_ms, err);
}

int ph_plugin_cast(ph_plugin_t *self, const char *command, const ph_writer_t *properties,
                   struct ph_error *err)
{
    return connection_cast(self->connection, command, properties, err);
}

void ph_plugin_log(ph_plugin_t *self, enum ph_log_level level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    ph_cleanup(ph_freep) char *text = ph_format_va(format, args);
    va_end(args);
    text[strnlen(text, LOG_TEXT_MAX)] = '\0';
    ph_text_mend(text); /* the daemon refuses what is no UTF-8, and nobody would hear of it */

    ph_cleanup(ph_writer_destroy) ph_writer_t *line = ph_writer_new();
    ph_writer_string(line, "level", ph_log_level_name(level));
    ph_writer_string(line, "text", text);
    bool is_lost = connection_cast(self->connection, "plugin.log", line, NULL) < 0;
    if (is_lost || !self->settings->token)
        fprintf(stderr, "%s: %s: %s\n", ph_plugin_name(self), ph_log_level_name(level), text);
}

/* ---- the session ---- */

static void on_request(void *arg, const char *command)
{
    ph_plugin_t *self = arg;
    if (strcmp(command, "stop") == 0)
        self->has_to_stop = true;
    else if (strcmp(command, "reopen") == 0)
        self->has_to_reopen = true;
}

static ph_message_t *say_hello(ph_plugin_t *self, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *hello = ph_writer_new();
    ph_writer_string(hello, "name", self->settings->name);
    ph_writer_int(hello, "protocol_min", PH_PROTOCOL);
    ph_writer_int(hello, "protocol_max", PH_PROTOCOL);
    ph_writer_int(hello, "pid", getpid());
    ph_writer_string(hello, "sdk", "libplughost " PH_VERSION);
    if (self->settings->token)
        ph_writer_string(hello, "token", self->settings->token);
    if (self->module.version)
        ph_writer_string(hello, "version", self->module.version);
    return ph_plugin_call(self, "plugin.hello", hello, HELLO_TIMEOUT_MS, err);
}

static int subscribe(ph_plugin_t *self, const char *pubsub, struct ph_error *err)
{
    static const char *const everything[] = {"", NULL};
    if (!self->module.handle_recv)
        return 0;
    if (self->settings->pubsub)
        pubsub = self->settings->pubsub;
    const char *const *topic = self->module.topics ? self->module.topics : everything;
    for (; *topic; topic++)
        if (connection_subscribe(self->connection, pubsub, *topic, HELLO_TIMEOUT_MS, err) < 0)
            return -1;
    return 0;
}

static int initialize(ph_plugin_t *self, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *welcome = say_hello(self, err);
    if (!welcome)
        return -1;
    const ph_value_t *pubsub = ph_value_get(ph_message_body(welcome), "pubsub_endpoint");
    if (subscribe(self, ph_value_string(pubsub, NULL), err) < 0)
        return -1;

    struct ph_error reason = {0};
    if (self->module.handle_init && self->module.handle_init(self, &reason) < 0) {
        bool is_told = reason.message[0] != '\0';
        *err = reason;
        if (is_told)
            return ph_error_prefix(err, "handle_init failed");
        return ph_error_set(err, PH_INTERNAL, "handle_init failed without giving a reason");
    }
    ph_cleanup(ph_message_destroy) ph_message_t *ready =
        ph_plugin_call(self, "plugin.ready", NULL, HELLO_TIMEOUT_MS, err);
    if (!ready && self->module.handle_stop)
        self->module.handle_stop(self);
    return ready ? 0 : -1;
}

static void read_signals(ph_plugin_t *self)
{
    struct signalfd_siginfo info;
    while (read(self->signal_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP)
            self->has_to_reopen = true;
        else
            self->has_to_stop = true;
    }
}

static void handle_events(ph_plugin_t *self)
{
    for (int i = 0; i < EVENTS_AT_ONCE && !self->has_to_stop; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = connection_next_event(self->connection);
        if (!event)
            return;
        self->module.handle_recv(self, event);
    }
}

/* Waits for something to do. A plugin without subscriptions has no third socket. */
static void wait_for_work(ph_plugin_t *self)
{
    zmq_pollitem_t items[] = {
        {.fd = self->signal_fd, .events = ZMQ_POLLIN},
        {.socket = connection_dealer(self->connection), .events = ZMQ_POLLIN},
        {.socket = connection_sub(self->connection), .events = ZMQ_POLLIN},
    };
    zmq_poll(items, items[2].socket ? 3 : 2, -1);
}

/* `stop` comes on another connection than events and overtakes them. */
static void take_last_events(ph_plugin_t *self)
{
    if (!connection_sub(self->connection) || connection_is_gone(self->connection))
        return;
    connection_sync(self->connection, REPORT_TIMEOUT_MS, NULL);
    while (connection_has_event(self->connection)) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = connection_next_event(self->connection);
        self->module.handle_recv(self, event);
    }
}

/* The answer to the call proves that the daemon has taken all casts before it, the last lines of
 * the log among them, before it sees the process end. */
static void stop(ph_plugin_t *self)
{
    take_last_events(self);
    if (self->module.handle_stop)
        self->module.handle_stop(self);
    if (connection_is_gone(self->connection))
        return;
    ph_message_t *reply = ph_plugin_call(self, "ping", NULL, REPORT_TIMEOUT_MS, NULL);
    ph_message_destroy(&reply);
}

static void reopen(ph_plugin_t *self)
{
    self->has_to_reopen = false;
    if (self->module.handle_reopen)
        self->module.handle_reopen(self);
}

static void run(ph_plugin_t *self)
{
    for (;;) {
        read_signals(self);
        connection_read(self->connection);
        if (self->has_to_stop)
            break;
        if (self->has_to_reopen)
            reopen(self);
        handle_events(self);
        /* A callback may have waited for a reply and met requests or events on the way. */
        if (!self->has_to_stop && !self->has_to_reopen && !connection_has_event(self->connection))
            wait_for_work(self);
    }
    stop(self);
}

/* ---- running one ---- */

/* Blocks the signals that end or reopen a plugin and turns them into a descriptor. */
static int open_signals(sigset_t *before)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, before);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

int ph_plugin_report(const struct ph_plugin_settings *settings, const struct ph_error *reason)
{
    ph_cleanup(connection_destroy) connection_t *connection =
        settings->token ? connection_new(settings->endpoint, NULL) : NULL;
    if (!connection)
        return -1;

    ph_cleanup(ph_writer_destroy) ph_writer_t *failed = ph_writer_new();
    ph_writer_string(failed, "name", settings->name);
    ph_writer_string(failed, "token", settings->token);
    ph_writer_format(failed, "reason", reason->hint[0] ? "%s (%s)" : "%s", reason->message,
                     reason->hint);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        connection_call(connection, "plugin.failed", failed, REPORT_TIMEOUT_MS, NULL);
    return reply ? 0 : -1;
}

static int run_connected(ph_plugin_t *self, struct ph_error *err)
{
    connection_on_request(self->connection, on_request, self);
    if (initialize(self, err) < 0)
        return -1;
    run(self);
    return 0;
}

int ph_plugin_run(const struct ph_plugin_module *module, const struct ph_plugin_settings *settings,
                  struct ph_error *err)
{
    struct ph_error reason = {0};
    ph_plugin_t self = {.settings = settings};
    memcpy(&self.module, module,
           module->size < sizeof self.module ? module->size : sizeof self.module);

    sigset_t before;
    int outcome = -1;
    self.signal_fd = open_signals(&before);
    if (self.signal_fd < 0)
        ph_error_sys(&reason, "cannot watch for signals");
    else
        self.connection = connection_new(settings->endpoint, &reason);
    if (self.connection)
        outcome = run_connected(&self, &reason);

    connection_destroy(&self.connection);
    read_signals(&self); /* a second one that came meanwhile must not kill us now */
    ph_closep(&self.signal_fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (outcome < 0 && err)
        *err = reason;
    return outcome;
}
