/* statsd.c - tells a statsd server of every event of every watcher. As Circus's StatsdEmitter. */
#include <plughost/plughost.h>
#include <statsd_client.h>

static const char *const topics[] = {"watcher.", NULL};

static const struct ph_option options[] = {STATSD_OPTIONS("app"), {0}};

static int statsd_configure(ph_plugin_t *plugin, struct ph_error *err)
{
    statsd_client_t *client = statsd_client_new(plugin, err);
    if (!client)
        return -1;
    statsd_client_t *former = ph_plugin_data(plugin);
    ph_plugin_set_data(plugin, client);
    statsd_client_destroy(&former);
    return 0;
}

static void statsd_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    char watcher[STATSD_WORD_SIZE];
    statsd_word(watcher, ph_event_watcher(event));
    statsd_client_count(ph_plugin_data(plugin), "%s.%s", watcher, ph_event_action(event));
}

static void statsd_stop(ph_plugin_t *plugin)
{
    statsd_client_t *client = ph_plugin_data(plugin);
    statsd_client_destroy(&client);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Counts the events of all watchers at a statsd server.",
    .topics = topics,
    .options = options,
    .handle_init = statsd_configure,
    .handle_recv = statsd_recv,
    .handle_reconfigure = statsd_configure,
    .handle_stop = statsd_stop,
};
