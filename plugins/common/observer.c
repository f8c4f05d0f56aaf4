#include "observer.h"

#include "plugin_memory.h"

#include <math.h>
#include <plughost/plughost.h>
#include <stdlib.h>

enum { RESTART_MS = 10000 };

int observer_init(struct observer *self, ph_plugin_t *plugin, ph_timer_fn *look,
                  struct ph_error *err)
{
    double seconds;
    if (ph_plugin_option_float(plugin, "loop_rate", 60, &seconds, err) < 0)
        return -1;
    *self = (struct observer){.plugin = plugin, .statsd = statsd_client_new(plugin, err)};
    if (!self->statsd)
        return -1;
    self->timer = ph_plugin_every(plugin, (int)lround(seconds * 1000), look, NULL);
    return 0;
}

void observer_release(struct observer *self)
{
    if (self->timer > 0)
        ph_plugin_cancel(self->plugin, self->timer);
    statsd_client_destroy(&self->statsd);
    *self = (struct observer){0};
}

static void on_restart(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                       void *arg)
{
    char *watcher = arg;
    if (!reply)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot restart '%s': %s", watcher, err->message);
    free(watcher);
}

void observer_restart(const struct observer *self, const char *watcher, const char *reason)
{
    struct ph_error err;
    ph_plugin_log(self->plugin, PH_LOG_WARNING, "restarts '%s': %s", watcher, reason);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", watcher);
    char *name = memory_copy(watcher);
    if (ph_plugin_call_async(self->plugin, "restart", properties, RESTART_MS, on_restart, name,
                             &err) < 0)
        on_restart(self->plugin, NULL, &err, name);
}
