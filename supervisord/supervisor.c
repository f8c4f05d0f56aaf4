#include "supervisor.h"

#include "circus/service.h"
#include "host.h"
#include "listener.h"
#include "plugin/hook_invoker.h"
#include "process/survivors.h"
#include "rundir.h"
#include "shutdown.h"
#include "signals.h"

#include <alloc.h>
#include <endpoint.h>
#include <program_folder.h>
#include <stdlib.h>
#include <unistd.h>
#include <wire/writer.h>

enum { SUBSCRIPTION_MAX_BYTES = 4096 };

/* Messages for one peer; libzmq drops what goes beyond, and may count half of them that are gone
 * already. A plugin must get all invocations that wait for it, and as many that are cancelled. */
enum { ENDPOINT_QUEUE = 4 * BROKER_MAX_PENDING };

struct supervisor {
    ph_log_t *log;
    endpoint_request_fn *on_request;

    /* In the order in which they are made, but for the Circus service; they go in reverse. */
    rundir_t *rundir;
    loop_t *loop;
    signals_t *signals;
    bus_t *bus;
    endpoint_t *endpoint;
    publishers_t *publishers;
    circus_service_t *circus_service; /* NULL: Circus's clients are not served */
    metrics_t *metrics;
    sessions_t *sessions;
    host_t *host;
    watchers_t *watchers;
    jobs_t *jobs;
    broker_t *broker;
    service_manager_t *manager;      /* NULL: nobody wants to know how it is */
    ph_writer_t *reply, *json_reply; /* of the present command, one of them */
    pid_t pid;
    struct stats_sample sample;
    struct configuration *configuration;
    bool owns_endpoint_file, owns_pubsub_file;

    struct shutdown shutdown;
};

/* ---- signals ---- */

void supervisor_quit(supervisor_t *self, const char *reason)
{
    shutdown_begin(&self->shutdown, self->manager, reason);
}

static void on_quit(void *arg, const char *reason)
{
    supervisor_quit(arg, reason);
}

static void on_reopen(void *arg)
{
    supervisor_reopen_log(arg);
}

static void on_hangup(void *arg, const char *reason)
{
    supervisor_t *self = arg;
    if (self->configuration->settings.hup_reloads && !supervisor_is_ending(self))
        watchers_reload_all(self->watchers, reason);
}

static int open_signals(supervisor_t *self, struct ph_error *err)
{
    struct signals_listener listener = {
        .on_quit = on_quit, .on_reopen = on_reopen, .on_hangup = on_hangup, .arg = self};
    self->signals = signals_new(self->loop, &listener, err);
    return self->signals ? 0 : -1;
}

void supervisor_reopen_log(supervisor_t *self)
{
    struct ph_error err;
    if (ph_log_reopen(self->log, &err) < 0)
        ph_log(self->log, PH_LOG_ERROR, "%s; the old file stays in use", err.message);
    else
        ph_log(self->log, PH_LOG_INFO, "plughostd: the log was opened again");
    if (streams_reopen(host_of_processes(self->host)->streams, &err) < 0)
        ph_log(self->log, PH_LOG_ERROR, "%s; the old file stays in use", err.message);
}

/* ---- the beginning ---- */

static void on_watcher_change(void *arg, watcher_t *watcher)
{
    supervisor_t *self = arg;
    if (self->broker)
        broker_on_change(self->broker, watcher);
    jobs_check(self->jobs);
    service_manager_refresh(self->manager);
    shutdown_go_on(&self->shutdown);
}

static void on_settled(void *arg)
{
    supervisor_t *self = arg;
    if (self->jobs)
        jobs_check(self->jobs);
}

static void on_watcher_removal(void *arg, watcher_t *watcher)
{
    supervisor_t *self = arg;
    if (self->broker)
        broker_on_removal(self->broker, watcher);
    jobs_forget(self->jobs, watcher);
    service_manager_refresh(self->manager);
    shutdown_go_on(&self->shutdown);
}

static void send_to_plugin(void *arg, const void *identity, size_t identity_size, const void *body,
                           size_t size)
{
    supervisor_t *self = arg;
    endpoint_send(self->endpoint, identity, identity_size, body, size);
}

static void take_reply(void *arg, request_t *reply)
{
    supervisor_t *self = arg;
    size_t size;
    const void *peer = request_peer(reply, &size);
    sessions_take_reply(self->sessions, peer, size, request_body(reply));
}

static void take_request(void *arg, request_t *request)
{
    supervisor_t *self = arg;
    self->on_request(self, request);
}

static int open_sockets(supervisor_t *self, const struct settings *settings, struct ph_error *err)
{
    zsock_t *pubsub = listener_bind(&(struct listener_options){.type = ZMQ_XPUB,
                                                               .max_bytes = SUBSCRIPTION_MAX_BYTES,
                                                               .queue = (int)settings->event_queue},
                                    settings->pubsub_endpoint, err);
    if (!pubsub)
        return -1;
    self->owns_pubsub_file = true;
    self->bus = bus_new(self->loop, &pubsub, self->log, err);
    if (!self->bus)
        return -1;

    zsock_t *router = listener_bind(&(struct listener_options){.type = ZMQ_ROUTER,
                                                               .max_bytes = PH_REQUEST_MAX_BYTES,
                                                               .queue = ENDPOINT_QUEUE},
                                    settings->endpoint, err);
    if (!router)
        return -1;
    self->owns_endpoint_file = true;
    struct endpoint_context context = {.loop = self->loop,
                                       .epoch = bus_epoch(self->bus),
                                       .on_request = take_request,
                                       .on_reply = take_reply,
                                       .arg = self};
    self->endpoint = endpoint_new(&context, &router, err);
    return self->endpoint ? 0 : -1;
}

static int open_sessions(supervisor_t *self, const struct settings *settings, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *bin = ph_program_folder();
    if (!bin)
        return ph_error_sys(err, "cannot find the folder of this program, where that of plugins "
                                 "is, too");
    struct session_context context = {.bin = bin,
                                      .endpoint = settings->endpoint,
                                      .pubsub = settings->pubsub_endpoint,
                                      .plugin_path = settings->plugin_path};
    self->publishers = publishers_new(settings->publish_rate, self->log);
    self->metrics = metrics_new();
    self->sessions = sessions_new(&context, self->loop, self->bus, send_to_plugin, self);
    bus_listen_for_events(self->bus, sessions_count_event, self->sessions);
    /* For a plughostctl that a child runs. */
    setenv("PLUGHOST_ENDPOINT", settings->endpoint, 1);
    return 0;
}

static int open_host(supervisor_t *self, const struct configuration *configuration,
                     struct ph_error *err)
{
    struct host_context context = {self->loop, self->bus, self->log, configuration};
    self->host = host_new(&context, err);
    if (!self->host)
        return -1;
    sessions_serve(self->sessions, host_of_processes(self->host));
    return 0;
}

static int make_watchers(supervisor_t *self, struct configuration *configuration,
                         struct ph_error *err)
{
    struct watchers_context context = {.host = host_of_processes(self->host),
                                       .warmup_ms = configuration->settings.warmup_delay_ms,
                                       .on_change = on_watcher_change,
                                       .on_settled = on_settled,
                                       .on_removal = on_watcher_removal,
                                       .arg = self};
    self->watchers = watchers_new(&context);
    shutdown_init(&self->shutdown, context.host, self->watchers);
    self->jobs = jobs_new(self->endpoint, watchers_order(self->watchers));
    for (size_t i = 0; i < configuration->watcher_count; i++)
        if (!watchers_add(self->watchers, &configuration->watchers[i], err))
            return -1;
    self->broker = broker_new(self->loop, self->sessions, self->watchers, bus_epoch(self->bus));
    struct hook_invoker invoker = hook_invoker_of(self->broker);
    hook_runner_set_invoker(host_of_processes(self->host)->hooks, &invoker);
    configuration_drop_watchers(configuration);
    return 0;
}

supervisor_t *supervisor_new(struct configuration *configuration, ph_log_t *log,
                             endpoint_request_fn *on_request, struct ph_error *err)
{
    ph_cleanup(supervisor_destroy) supervisor_t *self = ph_calloc(1, sizeof *self);
    self->configuration = configuration;
    self->log = log;
    self->on_request = on_request;
    self->pid = getpid();
    self->reply = ph_writer_new();
    self->json_reply = wire_writer_new_json();
    self->rundir = rundir_new(configuration->settings.run_dir, err);
    if (!self->rundir)
        return NULL;
    self->loop = loop_new(err);
    if (!self->loop || open_signals(self, err) < 0 ||
        open_sockets(self, &configuration->settings, err) < 0)
        return NULL;
    if (open_sessions(self, &configuration->settings, err) < 0 ||
        open_host(self, configuration, err) < 0 || make_watchers(self, configuration, err) < 0)
        return NULL;
    return ph_steal(&self);
}

int supervisor_serve_circus(supervisor_t *self, const struct settings *settings,
                            const struct endpoint_dialect *dialect, struct ph_error *err)
{
    struct circus_service_context context = {.loop = self->loop,
                                             .bus = self->bus,
                                             .endpoint = self->endpoint,
                                             .log = self->log,
                                             .dialect = dialect};
    self->circus_service = circus_service_new(&context, settings, err);
    return self->circus_service ? 0 : -1;
}

/* ---- the service manager ---- */

static char *describe(void *arg)
{
    const supervisor_t *self = arg;
    const char *end = self->shutdown.reason;
    return end ? ph_format("ending: %s", end) : watchers_summary(self->watchers);
}

void supervisor_tell_manager(supervisor_t *self, const struct manager_wishes *wishes)
{
    struct ph_error err;
    struct service_manager_context context = {
        .wishes = wishes, .loop = self->loop, .log = self->log, .status = describe, .arg = self};
    if (!wishes->address)
        return;
    self->manager = service_manager_new(&context, &err);
    if (!self->manager)
        ph_log(self->log, PH_LOG_WARNING, "plughostd: %s", err.message);
}

/* ---- the end of all ---- */

static void refuse_what_waits(supervisor_t *self)
{
    struct ph_error ending;
    ph_error_set(&ending, PH_UNAVAILABLE, "the daemon ends");
    ph_error_hint(&ending, "try again when it runs again");
    jobs_destroy(&self->jobs, &ending);
    if (self->endpoint)
        endpoint_refuse_rest(self->endpoint, &ending);
}

static void end_invocations(supervisor_t *self)
{
    const struct hook_invoker nothing = {0};
    if (self->host)
        hook_runner_set_invoker(host_of_processes(self->host)->hooks, &nothing);
    broker_destroy(&self->broker);
}

void supervisor_destroy(supervisor_t **self_p)
{
    supervisor_t *self = *self_p;
    if (!self)
        return;
    end_invocations(self);
    watchers_destroy(&self->watchers);
    refuse_what_waits(self);
    host_destroy(&self->host);
    if (self->bus)
        bus_listen_for_events(self->bus, NULL, NULL);
    sessions_destroy(&self->sessions);
    metrics_destroy(&self->metrics);
    publishers_destroy(&self->publishers);
    endpoint_destroy(&self->endpoint);
    circus_service_destroy(&self->circus_service);
    bus_destroy(&self->bus);
    if (self->owns_endpoint_file)
        listener_remove(self->configuration->settings.endpoint);
    if (self->owns_pubsub_file)
        listener_remove(self->configuration->settings.pubsub_endpoint);
    service_manager_destroy(&self->manager);
    signals_destroy(&self->signals);
    loop_destroy(&self->loop);
    rundir_destroy(&self->rundir);
    ph_writer_destroy(&self->reply);
    ph_writer_destroy(&self->json_reply);
    shutdown_release(&self->shutdown);
    free(self);
    *self_p = NULL;
}

void supervisor_run(supervisor_t *self)
{
    const struct settings *settings = &self->configuration->settings;
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "pid", self->pid);
    ph_writer_string(fields, "version", PH_VERSION);
    ph_cleanup(ph_freep) char *text = ph_format("%s listens on %s, publishes on %s", PH_VERSION,
                                                settings->endpoint, settings->pubsub_endpoint);
    bus_publish(self->bus, EVENT_DAEMON_START, NULL, fields, text);
    survivors_settle(self->log, settings->endpoint);
    watchers_start_all(self->watchers, "the daemon starts");
    service_manager_ready(self->manager);
    loop_run(self->loop);
}

/* ---- what commands work with ---- */

endpoint_t *supervisor_endpoint(const supervisor_t *self)
{
    return self->endpoint;
}

jobs_t *supervisor_jobs(const supervisor_t *self)
{
    return self->jobs;
}

sessions_t *supervisor_sessions(const supervisor_t *self)
{
    return self->sessions;
}

broker_t *supervisor_broker(const supervisor_t *self)
{
    return self->broker;
}

service_manager_t *supervisor_service_manager(const supervisor_t *self)
{
    return self->manager;
}

ph_writer_t *supervisor_scratch_reply(supervisor_t *self, bool is_json)
{
    ph_writer_clear(self->reply); /* the last one may have been large, and of either */
    ph_writer_clear(self->json_reply);
    return is_json ? self->json_reply : self->reply;
}

metrics_t *supervisor_metrics(const supervisor_t *self)
{
    return self->metrics;
}

publishers_t *supervisor_publishers(const supervisor_t *self)
{
    return self->publishers;
}

ph_log_t *supervisor_log(const supervisor_t *self)
{
    return self->log;
}

pid_t supervisor_pid(const supervisor_t *self)
{
    return self->pid;
}

struct stats_sample *supervisor_sample(supervisor_t *self)
{
    return &self->sample;
}

const char *supervisor_epoch(const supervisor_t *self)
{
    return bus_epoch(self->bus);
}

bool supervisor_is_ending(const supervisor_t *self)
{
    return self->shutdown.reason != NULL;
}

watchers_t *supervisor_watchers(const supervisor_t *self)
{
    return self->watchers;
}

struct configuration *supervisor_configuration(const supervisor_t *self)
{
    return self->configuration;
}

const struct settings *supervisor_settings(const supervisor_t *self)
{
    return &self->configuration->settings;
}

const struct process_host *supervisor_host(const supervisor_t *self)
{
    return host_of_processes(self->host);
}
