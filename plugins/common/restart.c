#include "restart.h"

#include "plugin_memory.h"

#include <plughost/plughost.h>
#include <stdlib.h>

enum { RESTART_MS = 10000 };

static void on_restart(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                       void *arg)
{
    char *watcher = arg;
    if (!reply)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot restart '%s': %s", watcher, err->message);
    free(watcher);
}

void restart_watcher(ph_plugin_t *plugin, const char *watcher, const char *reason)
{
    struct ph_error err;
    ph_plugin_log(plugin, PH_LOG_WARNING, "restarts '%s': %s", watcher, reason);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", watcher);
    char *name = memory_copy(watcher);
    if (ph_plugin_call_async(plugin, "restart", properties, RESTART_MS, on_restart, name, &err) < 0)
        on_restart(plugin, NULL, &err, name);
}
