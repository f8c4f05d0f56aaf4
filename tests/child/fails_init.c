/* fails_init.c - a plugin whose handle_init fails: with its option `reason`, or without any. */
#include <plughost/plughost.h>

static int init(ph_plugin_t *plugin, struct ph_error *err)
{
    const char *reason = ph_plugin_option(plugin, "reason", NULL);
    return reason ? ph_error_set(err, PH_INVALID, "%s", reason) : -1;
}

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .handle_init = init};
