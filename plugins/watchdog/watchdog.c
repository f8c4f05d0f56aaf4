/* watchdog.c - has processes killed that have not sent a datagram for too long. As Circus's
 * WatchDog. */
#include "heartbeats.h"
#include "pattern.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <netdb.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <poll.h>
#include <signal_number.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    ASK_MS = 30000,
    DATAGRAM_SIZE = 1024,
    DATAGRAMS_AT_ONCE = 64, /* before the others get their turn */
};

struct watchdog {
    heartbeats_t *heartbeats;
    pattern_t *watchers, *message;
    char *ip, *port;
    int fd;    /* -1: not bound yet */
    int timer; /* 0: none */
    double loop_rate;
    int64_t silence_ms;      /* loop_rate times max_count */
    int stop_signal;         /* 0: that of the watcher */
    double graceful_timeout; /* -1: that of the watcher */
    bool has_ignored;        /* a datagram that does not fit: said already */
};

static const char *const topics[] = {"watcher.", NULL};

static const struct ph_option options[] = {
    {.name = "loop_rate",
     .type = PH_OPTION_FLOAT,
     .fallback = "60",
     .min = 0.05,
     .max = 86400,
     .text = "So many seconds lie between two looks at who has been silent."},
    {.name = "max_count",
     .type = PH_OPTION_INT,
     .fallback = "3",
     .min = 1,
     .max = 1000000,
     .text = "So many looks long may a process be silent."},
    {.name = "watchers_regex",
     .fallback = ".*",
     .text =
         "The watchers whose processes have to send datagrams, by name; the beginning of a name "
         "must fit. Plugins are left out."},
    {.name = "msg_regex",
     .fallback = "^(?P<pid>.*);(?P<timestamp>.*)$",
     .text = "What a datagram looks like; the group pid is the number of the process."},
    {.name = "ip", .fallback = "127.0.0.1", .text = "The address to receive on."},
    {.name = "port",
     .type = PH_OPTION_INT,
     .fallback = "1664",
     .min = 0,
     .max = 65535,
     .text = "The UDP port to receive on; 0: any that is free, which the log tells."},
    {.name = "watchers_stop_signal",
     .text = "The signal that asks a silent process to end; default: the watcher's stop_signal."},
    {.name = "watchers_graceful_timeout",
     .type = PH_OPTION_FLOAT,
     .min = 0,
     .max = 86400,
     .text = "So many seconds later comes SIGKILL; default: the watcher's graceful_timeout."},
    {0},
};

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- who has to send ---- */

static bool is_watched(const struct watchdog *self, const char *name)
{
    return strncmp(name, "plugin:", 7) != 0 && pattern_fits(self->watchers, name, strlen(name));
}

static void add_processes(struct watchdog *self, const ph_value_t *watcher)
{
    const char *name = ph_value_string(ph_value_get(watcher, "name"), "");
    const ph_value_t *processes = ph_value_get(watcher, "processes");
    if (!is_watched(self, name))
        return;
    for (size_t i = 0; i < ph_value_size(processes); i++) {
        int64_t pid = ph_value_int(ph_value_get(ph_value_at(processes, i), "pid"), 0);
        if (pid > 0)
            heartbeats_add(self->heartbeats, (pid_t)pid, name, now_ms());
    }
}

static void on_status(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                      void *arg)
{
    struct watchdog *self = ph_plugin_data(plugin);
    const ph_value_t *watchers = ph_value_get(reply, "watchers");
    (void)arg;
    if (!reply && err->code != PH_UNAVAILABLE)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot ask what runs: %s", err->message);
    for (size_t i = 0; i < ph_value_size(watchers); i++)
        add_processes(self, ph_value_at(watchers, i));
}

/* Events tell of all that is spawned from now on; this of what runs already. */
static void discover(ph_plugin_t *plugin)
{
    struct ph_error err;
    if (ph_plugin_call_async(plugin, "status", NULL, ASK_MS, on_status, NULL, &err) < 0)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot ask what runs: %s", err.message);
}

/* Who was asked to stop owes nothing more: the stop has a deadline of its own. */
static bool is_end(const char *action)
{
    return strcmp(action, "kill") == 0 || strcmp(action, "reap") == 0;
}

static void watchdog_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    struct watchdog *self = ph_plugin_data(plugin);
    const char *action = ph_event_action(event), *watcher = ph_event_watcher(event);
    bool is_spawn = strcmp(action, "spawn") == 0;
    if (!is_spawn && !is_end(action))
        return;
    pid_t pid = (pid_t)ph_value_int(ph_value_get(ph_event_body(event), "process_pid"), 0);
    heartbeats_remove(self->heartbeats, pid);
    if (is_spawn && is_watched(self, watcher))
        heartbeats_add(self->heartbeats, pid, watcher, now_ms());
}

static void watchdog_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    (void)gap;
    discover(plugin);
}

/* ---- datagrams ---- */

static void take(ph_plugin_t *plugin, struct watchdog *self, const char *data, size_t size)
{
    char text[24], *end;
    long pid = 0;
    if (pattern_take(self->message, data, size, text, sizeof text)) {
        pid = strtol(text, &end, 10);
        if (*end || pid < 1 || pid > INT32_MAX)
            pid = 0;
    }
    if (pid > 0 && heartbeats_note(self->heartbeats, (pid_t)pid, now_ms())) {
        ph_plugin_counter(plugin, "heartbeats", 1);
        return;
    }
    ph_plugin_counter(plugin, "ignored", 1);
    if (pid > 0 || self->has_ignored)
        return;
    self->has_ignored = true;
    ph_plugin_log(plugin, PH_LOG_WARNING,
                  "a datagram of %zu bytes does not fit msg_regex; others like it are only counted",
                  size);
}

static void on_datagram(ph_plugin_t *plugin, int fd, short events, void *arg)
{
    struct watchdog *self = ph_plugin_data(plugin);
    char data[DATAGRAM_SIZE];
    (void)events, (void)arg;
    for (int i = 0; i < DATAGRAMS_AT_ONCE; i++) {
        ssize_t size = recv(fd, data, sizeof data, MSG_DONTWAIT);
        if (size < 0)
            return;
        take(plugin, self, data, (size_t)size);
    }
}

static int bind_to(const struct watchdog *self, struct ph_error *err)
{
    static const struct addrinfo hints = {.ai_socktype = SOCK_DGRAM,
                                          .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *found;
    if (getaddrinfo(self->ip, self->port, &hints, &found) != 0)
        return ph_error_set(err, PH_INVALID, "option 'ip': '%.80s' is no address", self->ip);
    int fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int outcome = fd < 0 ? -1 : bind(fd, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (outcome == 0)
        return fd;
    ph_error_sys(err, "cannot receive on '%s' port %s", self->ip, self->port);
    if (fd >= 0)
        close(fd);
    return -1;
}

static void log_port(ph_plugin_t *plugin, const struct watchdog *self)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    char port[16] = "?";
    if (getsockname(self->fd, (struct sockaddr *)&address, &size) == 0)
        getnameinfo((struct sockaddr *)&address, size, NULL, 0, port, sizeof port,
                    NI_NUMERICSERV | NI_DGRAM);
    ph_plugin_log(plugin, PH_LOG_INFO, "receives heartbeats on '%s' port %s", self->ip, port);
}

/* ---- who is silent ---- */

static void on_killed(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                      void *arg)
{
    (void)arg;
    if (!reply && err->code != PH_NOT_FOUND) /* it may have ended by itself */
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot kill a silent process: %s", err->message);
}

static void kill_silent(ph_plugin_t *plugin, const struct watchdog *self,
                        const struct silent *silent)
{
    struct ph_error err;
    ph_plugin_log(plugin, PH_LOG_WARNING,
                  "kills process %d of '%s': no heartbeat for more than %g seconds",
                  (int)silent->pid, silent->watcher, (double)self->silence_ms / 1000);
    ph_plugin_counter(plugin, "killed", 1);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", silent->watcher);
    ph_writer_int(properties, "pid", silent->pid);
    if (self->stop_signal > 0)
        ph_writer_int(properties, "signum", self->stop_signal);
    if (self->graceful_timeout >= 0)
        ph_writer_float(properties, "graceful_timeout", self->graceful_timeout);
    if (ph_plugin_call_async(plugin, "kill", properties, ASK_MS, on_killed, NULL, &err) < 0)
        on_killed(plugin, NULL, &err, NULL);
}

static void look(ph_plugin_t *plugin, void *arg)
{
    struct watchdog *self = ph_plugin_data(plugin);
    struct silent silent;
    (void)arg;
    /* What came while something else ran counts. */
    on_datagram(plugin, self->fd, POLLIN, NULL);
    while (heartbeats_take_silent(self->heartbeats, now_ms() - self->silence_ms, &silent) == 0) {
        kill_silent(plugin, self, &silent);
        free(silent.watcher);
    }
}

/* ---- options ---- */

static int read_times(struct watchdog *self, ph_plugin_t *plugin, struct ph_error *err)
{
    int64_t max_count;
    if (ph_plugin_option_float(plugin, "loop_rate", 60, &self->loop_rate, err) < 0 ||
        ph_plugin_option_int(plugin, "max_count", 3, &max_count, err) < 0 ||
        ph_plugin_option_float(plugin, "watchers_graceful_timeout", -1, &self->graceful_timeout,
                               err) < 0)
        return -1;
    self->silence_ms = llround(self->loop_rate * 1000) * max_count;
    const char *text = ph_plugin_option(plugin, "watchers_stop_signal", NULL);
    if (!text || !*text)
        return 0;
    return signal_number_read(&self->stop_signal, "watchers_stop_signal", text, err);
}

static int read_patterns(struct watchdog *self, ph_plugin_t *plugin, struct ph_error *err)
{
    struct pattern_spec watchers = {.option = "watchers_regex",
                                    .text = ph_plugin_option(plugin, "watchers_regex", ""),
                                    .ignores_case = true};
    struct pattern_spec message = {
        .option = "msg_regex", .text = ph_plugin_option(plugin, "msg_regex", ""), .group = "pid"};
    self->watchers = pattern_new(&watchers, err);
    self->message = self->watchers ? pattern_new(&message, err) : NULL;
    return self->message ? 0 : -1;
}

/* A socket that is bound where it has to be goes on: nothing of what it has received is lost. */
static int open_socket(struct watchdog *self, ph_plugin_t *plugin, struct watchdog *former,
                       struct ph_error *err)
{
    self->ip = memory_copy(ph_plugin_option(plugin, "ip", ""));
    self->port = memory_copy(ph_plugin_option(plugin, "port", ""));
    if (former && strcmp(former->ip, self->ip) == 0 && strcmp(former->port, self->port) == 0) {
        self->fd = former->fd;
        former->fd = -1;
        return 0;
    }
    self->fd = bind_to(self, err);
    if (self->fd < 0 || ph_plugin_watch_fd(plugin, self->fd, POLLIN, on_datagram, NULL, err) < 0)
        return -1;
    log_port(plugin, self);
    return 0;
}

/* ---- life ---- */

static void destroy(struct watchdog **self_p)
{
    struct watchdog *self = *self_p;
    if (!self)
        return;
    if (self->fd >= 0)
        close(self->fd);
    pattern_destroy(&self->watchers);
    pattern_destroy(&self->message);
    heartbeats_destroy(&self->heartbeats);
    free(self->ip);
    free(self->port);
    free(self);
    *self_p = NULL;
}

/* Takes what belongs to the loop out of it. */
static void leave(ph_plugin_t *plugin, struct watchdog **self_p)
{
    if (*self_p && (*self_p)->fd >= 0)
        ph_plugin_unwatch_fd(plugin, (*self_p)->fd);
    if (*self_p)
        ph_plugin_cancel(plugin, (*self_p)->timer);
    destroy(self_p);
}

/* Whoever is watched now begins with a sign of life: new options are no reason to kill. */
static int watchdog_configure(ph_plugin_t *plugin, struct ph_error *err)
{
    struct watchdog *former = ph_plugin_data(plugin);
    ph_cleanup(destroy) struct watchdog *self = memory_new(sizeof *self);
    self->fd = -1;
    self->heartbeats = heartbeats_new();
    if (read_times(self, plugin, err) < 0 || read_patterns(self, plugin, err) < 0 ||
        open_socket(self, plugin, former, err) < 0)
        return -1;
    self->timer = ph_plugin_every(plugin, (int)lround(self->loop_rate * 1000), look, NULL);
    ph_plugin_set_data(plugin, ph_steal(&self));
    leave(plugin, &former);
    discover(plugin);
    return 0;
}

static void watchdog_stop(ph_plugin_t *plugin)
{
    struct watchdog *self = ph_plugin_data(plugin);
    leave(plugin, &self);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Has processes killed that have not sent a datagram for too long.",
    .topics = topics,
    .options = options,
    .handle_init = watchdog_configure,
    .handle_recv = watchdog_recv,
    .handle_reconfigure = watchdog_configure,
    .handle_stop = watchdog_stop,
    .handle_gap = watchdog_gap,
};
