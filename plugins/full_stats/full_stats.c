/* full_stats.c - tells a statsd server what the processes of each watcher use. As Circus's
 * FullStats. */
#include <observer.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <stdlib.h>
#include <string.h>
#include <usage.h>

enum { STATS_MS = 30000 };

static const struct ph_option options[] = {OBSERVER_OPTIONS("app"), {0}};

static void send_spread(statsd_client_t *statsd, const char *watcher, const char *what,
                        const struct spread *spread)
{
    statsd_client_gauge(statsd, spread->max, "_stats.%s.%s_max", watcher, what);
    statsd_client_gauge(statsd, spread->sum, "_stats.%s.%s_sum", watcher, what);
}

static void send_watcher(statsd_client_t *statsd, const char *name, const ph_value_t *info)
{
    char watcher[STATSD_WORD_SIZE];
    struct usage usage;
    statsd_word(watcher, name);
    usage_read(info, &usage);
    statsd_client_gauge(statsd, (double)usage.count, "_stats.%s.watchers_num", watcher);
    if (usage.count == 0)
        return;
    send_spread(statsd, watcher, "cpu", &usage.cpu);
    send_spread(statsd, watcher, "mem_pct", &usage.mem);
    send_spread(statsd, watcher, "mem", &usage.rss);
}

static void on_stats(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                     void *arg)
{
    const struct observer *self = ph_plugin_data(plugin);
    (void)arg;
    if (!reply) {
        if (err->code != PH_UNAVAILABLE)
            statsd_client_count(self->statsd, "_stats.error");
        return;
    }
    const ph_value_t *name;
    const ph_value_t *infos = ph_value_get(reply, "infos");
    for (size_t i = 0; i < ph_value_size(infos); i++) {
        const ph_value_t *info = ph_value_entry(infos, i, &name);
        if (strncmp(ph_value_string(name, ""), "plugin:", 7) != 0)
            send_watcher(self->statsd, ph_value_string(name, ""), info);
    }
}

static void look(ph_plugin_t *plugin, void *arg)
{
    struct ph_error err;
    (void)arg;
    if (ph_plugin_call_async(plugin, "stats", NULL, STATS_MS, on_stats, NULL, &err) < 0)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot ask what is used: %s", err.message);
}

static void destroy(struct observer *self)
{
    if (self)
        observer_release(self);
    free(self);
}

static int full_stats_configure(ph_plugin_t *plugin, struct ph_error *err)
{
    struct observer *self = memory_new(sizeof *self);
    if (observer_init(self, plugin, look, err) < 0) {
        free(self);
        return -1;
    }
    struct observer *former = ph_plugin_data(plugin);
    ph_plugin_set_data(plugin, self);
    destroy(former);
    return 0;
}

static void full_stats_stop(ph_plugin_t *plugin)
{
    destroy(ph_plugin_data(plugin));
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Tells a statsd server what the processes of each watcher use.",
    .options = options,
    .handle_init = full_stats_configure,
    .handle_reconfigure = full_stats_configure,
    .handle_stop = full_stats_stop,
};
