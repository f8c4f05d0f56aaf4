#include "supervisor.h"

#include "listener.h"
#include "process/descriptors.h"
#include "rundir.h"

#include <alloc.h>
#include <ctype.h>
#include <endpoint.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { SUBSCRIPTION_MAX_BYTES = 4096 };

struct supervisor {
    ph_log_t *log;
    endpoint_request_fn *on_request;
    char *endpoint_address;
    char *pubsub_address;
    bool owns_endpoint_file, owns_pubsub_file;

    /* In the order in which they are made; they go in reverse. */
    rundir_t *rundir;
    loop_t *loop;
    struct loop_watch signal_watch;
    bus_t *bus;
    endpoint_t *endpoint;
    sessions_t *sessions;
    jobs_t *jobs;
    struct process_host host;
    watcher_t **watchers;
    size_t watcher_count;
    zhashx_t *by_name; /* the same, by name in small letters */

    char *end_reason; /* NULL: it does not end yet */
    bool stops_plugins;
    bool has_terminal;      /* when the daemon was started */
    struct timer end_timer; /* ends the loop from within it */
};

/* ---- the end ---- */

static bool is_down(const supervisor_t *self, enum watcher_kind kind)
{
    for (size_t i = 0; i < self->watcher_count; i++)
        if (watcher_options(self->watchers[i])->kind == kind && !watcher_is_down(self->watchers[i]))
            return false;
    return true;
}

static void stop_kind(supervisor_t *self, enum watcher_kind kind)
{
    for (size_t i = self->watcher_count; i > 0; i--)
        if (watcher_options(self->watchers[i - 1])->kind == kind)
            watcher_stop(self->watchers[i - 1], self->end_reason);
}

static void on_end(void *arg)
{
    supervisor_t *self = arg;
    loop_end(self->loop);
}

/* Programs end first, so that plugins can still see it; then the plugins; then the daemon. */
static void go_on_ending(supervisor_t *self)
{
    if (!self->end_reason || !is_down(self, WATCHER_PROGRAM))
        return;
    if (!self->stops_plugins) {
        self->stops_plugins = true;
        stop_kind(self, WATCHER_PLUGIN);
    }
    if (is_down(self, WATCHER_PLUGIN))
        timers_start(loop_timers(self->loop), &self->end_timer, 0);
}

void supervisor_quit(supervisor_t *self, const char *reason)
{
    if (self->end_reason)
        return;
    self->end_reason = ph_strdup(reason);

    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "pid", getpid());
    ph_writer_string(fields, "reason", reason);
    ph_cleanup(ph_freep) char *text = ph_format("ending: %s", reason);
    bus_publish(self->bus, EVENT_DAEMON_STOP, NULL, fields, text);
    stop_kind(self, WATCHER_PROGRAM);
    go_on_ending(self);
}

/* ---- signals ---- */

/* What the caller of this program had ignored, nohup for one, stays so. */
static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t supervisor_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (!is_ignored(numbers[i]))
            sigaddset(&set, numbers[i]);
    return set;
}

/* SIGHUP tells a program in a terminal that the terminal is gone, any other to open its log
 * again. */
static bool means_reopen(const supervisor_t *self, unsigned number)
{
    return number == SIGUSR1 || (number == SIGHUP && !self->has_terminal);
}

static void on_signal(void *arg)
{
    supervisor_t *self = arg;
    struct signalfd_siginfo info;
    while (read(self->signal_watch.fd, &info, sizeof info) == sizeof info) {
        if (means_reopen(self, info.ssi_signo)) {
            supervisor_reopen_log(self);
            continue;
        }
        ph_cleanup(ph_freep) char *reason =
            ph_format("SIG%s from process %u", sigabbrev_np((int)info.ssi_signo), info.ssi_pid);
        supervisor_quit(self, reason);
    }
}

static int open_signals(supervisor_t *self, struct ph_error *err)
{
    ph_cleanup(ph_closep) int terminal = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    self->has_terminal = terminal >= 0;
    sigset_t set = supervisor_signals();
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0)
        return ph_error_sys(err, "cannot watch for signals");
    self->signal_watch = (struct loop_watch){on_signal, self, fd};
    return loop_watch(self->loop, &self->signal_watch, err);
}

void supervisor_reopen_log(supervisor_t *self)
{
    struct ph_error err;
    if (ph_log_reopen(self->log, &err) < 0)
        ph_log(self->log, PH_LOG_ERROR, "%s; the old file stays in use", err.message);
    else
        ph_log(self->log, PH_LOG_INFO, "plughostd: the log was opened again");
}

/* ---- the beginning ---- */

static void on_watcher_change(void *arg, watcher_t *watcher)
{
    supervisor_t *self = arg;
    jobs_check(self->jobs, watcher);
    go_on_ending(self);
}

static void send_to_plugin(void *arg, const void *identity, size_t identity_size, const void *body,
                           size_t size)
{
    supervisor_t *self = arg;
    endpoint_send(self->endpoint, identity, identity_size, body, size);
}

static int open_sockets(supervisor_t *self, const struct settings *settings, struct ph_error *err)
{
    self->endpoint_address = ph_strdup(settings->endpoint);
    self->pubsub_address = ph_strdup(settings->pubsub_endpoint);
    zsock_t *pubsub = listener_bind(ZMQ_XPUB, self->pubsub_address, SUBSCRIPTION_MAX_BYTES, err);
    if (!pubsub)
        return -1;
    self->owns_pubsub_file = true;
    self->bus = bus_new(self->loop, &pubsub, self->log);

    zsock_t *router = listener_bind(ZMQ_ROUTER, self->endpoint_address, PH_REQUEST_MAX_BYTES, err);
    if (!router)
        return -1;
    self->owns_endpoint_file = true;
    self->endpoint = endpoint_new(self->loop, &router, self->on_request, self);
    return 0;
}

/* Returns the path of plughost-plugin, which stands beside this program; the caller frees it. */
static char *find_runner(void)
{
    char program[PATH_MAX] = "";
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        return ph_strdup("plughost-plugin");
    return ph_format("%s/plughost-plugin", dirname(program));
}

static void open_sessions(supervisor_t *self, const struct settings *settings)
{
    ph_cleanup(ph_freep) char *runner = find_runner();
    struct session_context context = {.runner = runner,
                                      .endpoint = self->endpoint_address,
                                      .pubsub = self->pubsub_address,
                                      .plugin_path = settings->plugin_path};
    self->sessions = sessions_new(&context, send_to_plugin, self);
    self->host.loop = self->loop;
    self->host.bus = self->bus;
    sessions_serve(self->sessions, &self->host);
    /* For a plughostctl that a child runs. */
    setenv("PLUGHOST_ENDPOINT", self->endpoint_address, 1);
}

static char *small_letters(const char *name)
{
    char *small = ph_strdup(name);
    for (char *c = small; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return small;
}

static void make_watchers(supervisor_t *self, struct configuration *configuration)
{
    self->by_name = zhashx_new();
    self->watchers = ph_calloc(configuration->watcher_count, sizeof(watcher_t *));
    for (size_t i = 0; i < configuration->watcher_count; i++) {
        watcher_t *watcher =
            watcher_new(&configuration->watchers[i], &self->host, on_watcher_change, self);
        ph_cleanup(ph_freep) char *key = small_letters(watcher_name(watcher));
        zhashx_insert(self->by_name, key, watcher);
        self->watchers[self->watcher_count++] = watcher;
    }
}

supervisor_t *supervisor_new(struct configuration *configuration, ph_log_t *log,
                             endpoint_request_fn *on_request, struct ph_error *err)
{
    ph_cleanup(supervisor_destroy) supervisor_t *self = ph_calloc(1, sizeof *self);
    self->log = log;
    self->on_request = on_request;
    self->signal_watch.fd = -1;
    self->end_timer = (struct timer){.fire = on_end, .arg = self};
    if (descriptors_prepare(&self->host.descriptors, err) < 0)
        return NULL;
    self->rundir = rundir_new(configuration->settings.run_dir, err);
    if (!self->rundir)
        return NULL;
    self->loop = loop_new(err);
    if (!self->loop || open_signals(self, err) < 0 ||
        open_sockets(self, &configuration->settings, err) < 0)
        return NULL;
    open_sessions(self, &configuration->settings);
    self->jobs = jobs_new(self->endpoint);
    make_watchers(self, configuration);
    return ph_steal(&self);
}

static void refuse_what_waits(supervisor_t *self)
{
    struct ph_error ending;
    ph_error_set(&ending, PH_UNAVAILABLE, "the daemon ends");
    ph_error_hint(&ending, "try again when it runs again");
    jobs_destroy(&self->jobs, &ending);
    if (self->endpoint)
        endpoint_refuse_rest(self->endpoint, &ending);
}

void supervisor_destroy(supervisor_t **self_p)
{
    supervisor_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->watcher_count; i++)
        watcher_destroy(&self->watchers[i]);
    free(self->watchers);
    zhashx_destroy(&self->by_name);
    refuse_what_waits(self);
    sessions_destroy(&self->sessions);
    endpoint_destroy(&self->endpoint);
    bus_destroy(&self->bus);
    if (self->owns_endpoint_file)
        listener_remove(self->endpoint_address);
    if (self->owns_pubsub_file)
        listener_remove(self->pubsub_address);
    ph_closep(&self->signal_watch.fd);
    loop_destroy(&self->loop);
    rundir_destroy(&self->rundir);
    free(self->endpoint_address);
    free(self->pubsub_address);
    free(self->end_reason);
    free(self);
    *self_p = NULL;
}

static void start_kind(supervisor_t *self, enum watcher_kind kind)
{
    for (size_t i = 0; i < self->watcher_count; i++) {
        const struct watcher_options *options = watcher_options(self->watchers[i]);
        if (options->kind == kind && options->autostart)
            watcher_start(self->watchers[i], "the daemon starts");
    }
}

void supervisor_run(supervisor_t *self)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "pid", getpid());
    ph_writer_string(fields, "version", PH_VERSION);
    ph_cleanup(ph_freep) char *text = ph_format("%s listens on %s, publishes on %s", PH_VERSION,
                                                self->endpoint_address, self->pubsub_address);
    bus_publish(self->bus, EVENT_DAEMON_START, NULL, fields, text);
    start_kind(self, WATCHER_PLUGIN); /* which may want to see the rest come up */
    start_kind(self, WATCHER_PROGRAM);
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

ph_log_t *supervisor_log(const supervisor_t *self)
{
    return self->log;
}

const char *supervisor_epoch(const supervisor_t *self)
{
    return bus_epoch(self->bus);
}

const char *supervisor_endpoint_address(const supervisor_t *self)
{
    return self->endpoint_address;
}

const char *supervisor_pubsub_address(const supervisor_t *self)
{
    return self->pubsub_address;
}

bool supervisor_is_ending(const supervisor_t *self)
{
    return self->end_reason != NULL;
}

size_t supervisor_watcher_count(const supervisor_t *self)
{
    return self->watcher_count;
}

watcher_t *supervisor_watcher(const supervisor_t *self, size_t index)
{
    return self->watchers[index];
}

static int refuse_name(const supervisor_t *self, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->watcher_count; i++) {
        const char *full = watcher_name(self->watchers[i]);
        const char *bare = strchr(full, ':');
        ph_nearest_consider(&nearest, name, full);
        if (bare)
            ph_nearest_consider(&nearest, name, bare + 1);
    }
    ph_error_set(err, PH_NOT_FOUND, "no watcher is named '%.100s'", name);
    if (nearest.name)
        return ph_error_hint(err, "did you mean '%s'?", nearest.name);
    return ph_error_hint(err, "'plughostctl list' shows the names");
}

watcher_t *supervisor_find(const supervisor_t *self, const char *name, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *key = small_letters(name);
    watcher_t *found = zhashx_lookup(self->by_name, key);
    if (!found) {
        ph_cleanup(ph_freep) char *plugin = ph_format("plugin:%s", key);
        found = zhashx_lookup(self->by_name, plugin);
    }
    if (!found)
        refuse_name(self, name, err);
    return found;
}
