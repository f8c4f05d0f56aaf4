/* http_observer.c - asks a web server every so often, tells statsd how long it took, and has a
 * watcher restarted when it fails. As Circus's HttpObserver. */
#include "http_check.h"

#include <math.h>
#include <observer.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <restart.h>
#include <stdio.h>
#include <stdlib.h>

struct http_observer {
    struct observer observer;
    http_check_t *check;
    char *restart_on_error; /* NULL: nobody */
};

static const struct ph_option options[] = {
    OBSERVER_OPTIONS("http_observer"),
    {.name = "check_url", .fallback = "http://localhost/", .text = "What to ask for, by GET."},
    {.name = "timeout",
     .type = PH_OPTION_FLOAT,
     .fallback = "10",
     .min = 0.01,
     .max = 3600,
     .text = "So many seconds may pass until the answer is there as a whole."},
    {.name = "restart_on_error",
     .text =
         "The watcher to restart when there is no answer in time, or a status of 400 and above."},
    {0},
};

static void on_result(ph_plugin_t *plugin, const struct http_result *result)
{
    const struct http_observer *self = ph_plugin_data(plugin);
    statsd_client_t *statsd = self->observer.statsd;
    if (!result->error) {
        statsd_client_time(statsd, llround(result->seconds * 1000), "http_stats.request_time");
        return;
    }
    statsd_client_count(statsd, "http_stats.error");
    statsd_client_count(statsd, "http_stats.error.%ld", result->status);
    const char *url = ph_plugin_option(plugin, "check_url", "");
    ph_cleanup(memory_free) char *reason = memory_format("'%s': %s", url, result->error);
    if (!self->restart_on_error) {
        ph_plugin_log(plugin, PH_LOG_WARNING, "%s", reason);
        return;
    }
    restart_watcher(plugin, self->restart_on_error, reason);
    statsd_client_count(statsd, "http_stats.restart_on_error");
}

static void look(ph_plugin_t *plugin, void *arg)
{
    struct http_observer *self = ph_plugin_data(plugin);
    (void)arg;
    http_check_begin(self->check);
}

static void destroy(struct http_observer **self_p)
{
    struct http_observer *self = *self_p;
    if (!self)
        return;
    http_check_destroy(&self->check);
    observer_release(&self->observer);
    free(self->restart_on_error);
    free(self);
    *self_p = NULL;
}

static int http_observer_configure(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(destroy) struct http_observer *self = memory_new(sizeof *self);
    const char *url = ph_plugin_option(plugin, "check_url", "");
    const char *watcher = ph_plugin_option(plugin, "restart_on_error", NULL);
    double timeout;
    if (ph_plugin_option_float(plugin, "timeout", 10, &timeout, err) < 0)
        return -1;
    self->restart_on_error = watcher && *watcher ? memory_copy(watcher) : NULL;
    self->check = http_check_new(plugin, url, (int)lround(timeout * 1000), on_result, err);
    if (!self->check || observer_init(&self->observer, plugin, look, err) < 0)
        return -1;
    struct http_observer *former = ph_plugin_data(plugin);
    ph_plugin_set_data(plugin, ph_steal(&self));
    destroy(&former);
    return 0;
}

static void http_observer_stop(ph_plugin_t *plugin)
{
    struct http_observer *self = ph_plugin_data(plugin);
    destroy(&self);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Asks a web server every so often, tells statsd, and has a watcher restarted.",
    .options = options,
    .handle_init = http_observer_configure,
    .handle_reconfigure = http_observer_configure,
    .handle_stop = http_observer_stop,
};
