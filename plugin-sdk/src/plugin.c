/* Runs a plugin: from the connection to the last word. */
#include "plugin.h"

#include "deadline.h"
#include "delivery.h"
#include "heartbeat.h"
#include "options_table.h"
#include "session.h"

#include <alloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    LAST_WORD_MS = 1000,
    STOP_MS = 3600000,
    /* What is done of each kind before the others get their turn. */
    EVENTS_AT_ONCE = 128,
    REQUESTS_AT_ONCE = 16,
    REPLIES_AT_ONCE = 16,
};

void plugin_fail(ph_plugin_t *self, const struct ph_error *reason)
{
    self->has_to_stop = true;
    if (self->failure)
        return;
    self->failure = ph_calloc(1, sizeof *self->failure);
    *self->failure = *reason;
}

/* ---- what the daemon asks ---- */

static void on_request(void *arg, ph_message_t **message_p)
{
    ph_plugin_t *self = arg;
    const ph_value_t *body = ph_message_body(*message_p);
    const char *command = ph_value_string(ph_value_get(body, "command"), "");
    if (strcmp(command, "stop") == 0)
        self->has_to_stop = true;
    else if (strcmp(command, "reopen") == 0)
        self->has_to_reopen = true;
    else if (strcmp(command, "invoke") == 0 ||
             (strcmp(command, "reconfigure") == 0 && self->module.handle_reconfigure))
        invocations_add(self->invocations, message_p);
    else if (strcmp(command, "cancel") == 0)
        invocations_cancel(
            self->invocations,
            ph_value_int(ph_value_get(ph_value_get(body, "properties"), "id"), INT64_MIN));
    else
        invocations_refuse_unknown(self->invocations, body);
}

static void on_lost(void *arg)
{
    session_on_lost(arg);
}

static void on_back(void *arg)
{
    session_on_back(arg);
}

static void on_wait(void *arg, int timeout_ms)
{
    heartbeat_before_wait(arg, timeout_ms);
}

static void on_wait_end(void *arg)
{
    heartbeat_after_wait(arg);
}

/* ---- the loop ---- */

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

static void reopen(ph_plugin_t *self)
{
    self->has_to_reopen = false;
    if (self->module.handle_reopen)
        self->module.handle_reopen(self);
}

static bool has_work(const ph_plugin_t *self)
{
    return self->has_to_stop || self->has_to_reopen || invocations_wait(self->invocations) ||
           subscriber_has_kept(self->subscriber);
}

static int64_t next_deadline(const ph_plugin_t *self)
{
    int64_t deadline = deadline_earlier(timers_deadline(self->timers), heartbeat_deadline(self));
    deadline = deadline_earlier(deadline, delivery_deadline(self));
    return deadline_earlier(deadline, requester_deadline(self->requester));
}

/* Waits for something to do; or only looks, when there is something already, or a socket may have
 * what its descriptor does not tell of. */
static void wait_for_work(ph_plugin_t *self, bool may_have_events)
{
    nfds_t count;
    int fds[CONNECTION_FDS];
    struct pollfd *set = fd_watches_poll_set(self->fds, &count);
    connection_fds(self->connection, fds);
    set[POLL_SIGNALS].fd = self->signal_fd;
    set[POLL_MESSAGES].fd = fds[CONNECTION_MESSAGES];
    set[POLL_NEWS].fd = fds[CONNECTION_NEWS];
    set[POLL_EVENTS].fd = subscriber_fd(self->subscriber);
    bool is_ready = may_have_events || has_work(self) || !connection_is_drained(self->connection) ||
                    !subscriber_is_drained(self->subscriber);

    if (poll(set, count, is_ready ? 0 : deadline_left(next_deadline(self))) <= 0)
        return;
    if (set[POLL_NEWS].revents)
        connection_note_news(self->connection);
    if (set[POLL_SIGNALS].revents)
        read_signals(self);
    fd_watches_run(self->fds, self);
}

/* One round: a bit of everything. */
static bool do_work(ph_plugin_t *self)
{
    requester_step(self->requester);
    if (self->has_to_reopen && !self->has_to_stop)
        reopen(self);
    if (!self->has_to_stop)
        requester_finish(self->requester, REPLIES_AT_ONCE);
    invocations_run(self->invocations, REQUESTS_AT_ONCE);
    int64_t now = ph_clock_ms();
    if (!self->has_to_stop)
        timers_run(self->timers, self, now);
    heartbeat_run(self, now);
    return !self->has_to_stop && delivery_run(self, EVENTS_AT_ONCE);
}

static void run(ph_plugin_t *self)
{
    while (!self->has_to_stop) {
        bool may_have_events = do_work(self);
        if (!self->has_to_stop)
            wait_for_work(self, may_have_events);
    }
}

/* ---- the end ---- */

/* `stop` comes on another connection than events and overtakes them. */
static void take_last_events(ph_plugin_t *self)
{
    if (subscriber_is_open(self->subscriber) && self->session.is_open)
        subscriber_sync(self->subscriber, LAST_WORD_MS, NULL);
    delivery_finish(self);
}

/* No heartbeat comes from here on. A stop that the daemon asked for it bounds by graceful_timeout;
 * of one that a signal from outside began it does not know, and its watchdog would kill us within
 * handle_stop. An hour is more than an orderly stop takes, and one that hangs is still noticed.
 *
 * The answer to the call proves that the daemon has taken all casts before it, the last lines of
 * the log among them, before it sees the process end. */
static void stop(ph_plugin_t *self)
{
    struct ph_error reason;
    ph_error_set(&reason, PH_UNAVAILABLE, "plugin '%s' stops", ph_plugin_name(self));
    heartbeat_be_busy(self, STOP_MS);
    take_last_events(self);
    invocations_refuse_all(self->invocations, &reason);
    requester_give_up(self->requester, &reason);
    if (self->module.handle_stop)
        self->module.handle_stop(self);
    requester_give_up(self->requester, &reason);
    heartbeat_send_metrics(self);
    if (!self->session.is_open)
        return;
    ph_message_t *reply = requester_call(self->requester, "ping", NULL, LAST_WORD_MS, NULL);
    ph_message_destroy(&reply);
}

/* ---- running one ---- */

static int check_tables(const ph_plugin_t *self, struct ph_error *err)
{
    if (options_table_check(self->module.options, err) < 0)
        return -1;
    if (methods_check_table(self->module.methods, err) < 0)
        return ph_error_prefix(err, "the module's table of methods is wrong");
    return options_table_check_values(self->module.options, self->options, err);
}

static int call_init(ph_plugin_t *self, struct ph_error *err)
{
    struct ph_error reason = {0};
    if (!self->module.handle_init || self->module.handle_init(self, &reason) == 0)
        return 0;
    if (!reason.message[0])
        return ph_error_set(err, PH_INTERNAL, "handle_init failed without giving a reason");
    *err = reason;
    return ph_error_prefix(err, "handle_init failed");
}

static int run_connected(ph_plugin_t *self, struct ph_error *err)
{
    static const struct requester_listener listener = {.on_request = on_request,
                                                       .on_wait = on_wait,
                                                       .on_wait_end = on_wait_end,
                                                       .on_lost = on_lost,
                                                       .on_back = on_back};
    requester_listen(self->requester, &listener, self);
    if (session_open(self, err) < 0 || call_init(self, err) < 0)
        return -1;
    if (session_be_ready(self, err) < 0) {
        if (self->module.handle_stop)
            self->module.handle_stop(self);
        return -1;
    }
    run(self);
    stop(self);
    if (!self->failure)
        return 0;
    *err = *self->failure;
    return -1;
}

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

static int connect_parts(ph_plugin_t *self, struct ph_error *err)
{
    self->connection = connection_new(self->settings->endpoint, err);
    if (self->connection)
        self->requester = requester_new(self->connection, err);
    if (!self->requester)
        return -1;
    self->subscriber = subscriber_new(self->connection, self->requester);
    self->timers = timers_new();
    self->fds = fd_watches_new();
    self->gaps = gap_counter_new();
    self->methods = methods_new();
    self->invocations = invocations_new(self);
    self->heartbeat = (struct heartbeat){.due = -1, .metrics_due = -1};
    for (const struct ph_method *at = self->module.methods; at && at->name; at++)
        methods_put(self->methods, at);
    return 0;
}

static void release(ph_plugin_t *self)
{
    delivery_release(self);
    session_release(self);
    invocations_destroy(&self->invocations);
    metrics_destroy(&self->metrics);
    methods_destroy(&self->methods);
    gap_counter_destroy(&self->gaps);
    fd_watches_destroy(&self->fds);
    timers_destroy(&self->timers);
    subscriber_destroy(&self->subscriber);
    requester_destroy(&self->requester);
    connection_destroy(&self->connection);
    ph_message_destroy(&self->options_message);
    free(self->failure);
}

int ph_plugin_run(const struct ph_plugin_module *module, const struct ph_plugin_settings *settings,
                  struct ph_error *err)
{
    struct ph_error reason = {0};
    ph_plugin_t self = {.settings = settings, .options = settings->options};
    memcpy(&self.module, module,
           module->size < sizeof self.module ? module->size : sizeof self.module);

    sigset_t before;
    int outcome = -1;
    self.signal_fd = open_signals(&before);
    if (self.signal_fd < 0)
        ph_error_sys(&reason, "cannot watch for signals");
    else if (check_tables(&self, &reason) == 0 && connect_parts(&self, &reason) == 0)
        outcome = run_connected(&self, &reason);

    release(&self);
    if (self.signal_fd >= 0)
        read_signals(&self); /* a second one that came meanwhile must not kill us now */
    ph_closep(&self.signal_fd);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (outcome < 0 && err)
        *err = reason;
    return outcome;
}
