/* redis_observer.c - tells a statsd server how a Redis server fares, and has a watcher restarted
 * when it does not answer. As Circus's RedisObserver. */
#include "redis_look.h"
#include "redis_url.h"

#include <math.h>
#include <observer.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <restart.h>
#include <stdlib.h>

struct redis_observer {
    struct observer observer;
    struct redis_url url;
    redis_look_t *look; /* the last one, NULL before the first */
    int timeout_ms;
    char *restart_on_timeout; /* NULL: nobody */
};

static const struct ph_option options[] = {
    OBSERVER_OPTIONS("redis_observer"),
    {.name = "redis_url",
     .fallback = "redis://localhost:6379/0",
     .text = "The server: redis://:PASSWORD@HOST:PORT/DATABASE, or unix:///PATH."},
    {.name = "timeout",
     .type = PH_OPTION_FLOAT,
     .fallback = "5",
     .min = 0.01,
     .max = 3600,
     .text = "So many seconds may pass until it has answered."},
    {.name = "restart_on_timeout",
     .text = "The watcher to restart when it cannot be reached, or does not answer in time."},
    {0},
};

/* Of INFO; what a server does not have is left out. */
static const char *const gauges[] = {
    "blocked_clients",
    "client_biggest_input_buf",
    "client_longest_output_list",
    "client_recent_max_input_buffer",
    "client_recent_max_output_buffer",
    "connected_clients",
    "connected_slaves",
    "evicted_keys",
    "expired_keys",
    "keyspace_hits",
    "keyspace_misses",
    "lru_clock",
    "mem_fragmentation_ratio",
    "pubsub_channels",
    "pubsub_patterns",
    "total_commands_processed",
    "total_connections_received",
    "uptime_in_seconds",
    "used_cpu_sys",
    "used_cpu_sys_children",
    "used_cpu_user",
    "used_memory",
    "used_memory_peak",
    "used_memory_rss",
};

/* The URL has a password in it, so no message shows it. */
static void on_failure(ph_plugin_t *plugin, const struct redis_result *result)
{
    const struct redis_observer *self = ph_plugin_data(plugin);
    statsd_client_t *statsd = self->observer.statsd;
    const char *where = self->url.path ? self->url.path : self->url.host;
    ph_cleanup(memory_free) char *reason = memory_format("redis at '%s': %s", where, result->error);
    statsd_client_count(statsd, "redis_stats.error");
    if (!self->restart_on_timeout || result->is_refused) {
        ph_plugin_log(plugin, PH_LOG_WARNING, "%s", reason);
        return;
    }
    restart_watcher(plugin, self->restart_on_timeout, reason);
    statsd_client_count(statsd, "redis_stats.restart_on_error");
}

static void on_result(ph_plugin_t *plugin, const struct redis_result *result)
{
    const struct redis_observer *self = ph_plugin_data(plugin);
    if (result->error) {
        on_failure(plugin, result);
        return;
    }
    for (size_t i = 0; i < sizeof gauges / sizeof gauges[0]; i++) {
        double value;
        if (redis_look_number(result->info, gauges[i], &value) == 0)
            statsd_client_gauge(self->observer.statsd, value, "redis_stats.%s", gauges[i]);
    }
}

static void look(ph_plugin_t *plugin, void *arg)
{
    struct redis_observer *self = ph_plugin_data(plugin);
    (void)arg;
    if (self->look && redis_look_is_running(self->look))
        return;
    redis_look_destroy(&self->look);
    self->look = redis_look_new(plugin, &self->url, self->timeout_ms, on_result);
}

static void destroy(struct redis_observer **self_p)
{
    struct redis_observer *self = *self_p;
    if (!self)
        return;
    redis_look_destroy(&self->look);
    observer_release(&self->observer);
    redis_url_release(&self->url);
    free(self->restart_on_timeout);
    free(self);
    *self_p = NULL;
}

static int redis_observer_configure(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(destroy) struct redis_observer *self = memory_new(sizeof *self);
    const char *watcher = ph_plugin_option(plugin, "restart_on_timeout", NULL);
    double timeout;
    if (ph_plugin_option_float(plugin, "timeout", 5, &timeout, err) < 0 ||
        redis_url_read(&self->url, ph_plugin_option(plugin, "redis_url", ""), err) < 0)
        return -1;
    self->timeout_ms = (int)lround(timeout * 1000);
    self->restart_on_timeout = watcher && *watcher ? memory_copy(watcher) : NULL;
    if (observer_init(&self->observer, plugin, look, err) < 0)
        return -1;
    struct redis_observer *former = ph_plugin_data(plugin);
    ph_plugin_set_data(plugin, ph_steal(&self));
    destroy(&former);
    return 0;
}

static void redis_observer_stop(ph_plugin_t *plugin)
{
    struct redis_observer *self = ph_plugin_data(plugin);
    destroy(&self);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Tells a statsd server how a Redis server fares, and has a watcher restarted.",
    .options = options,
    .handle_init = redis_observer_configure,
    .handle_reconfigure = redis_observer_configure,
    .handle_stop = redis_observer_stop,
};
