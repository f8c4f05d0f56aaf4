/* hello.c - the smallest useful plugin: greets every process that starts. */
#include <plughost/plughost.h>
#include <string.h>

static const char *const topics[] = {"watcher.", NULL};

static int hello_init(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_plugin_call(plugin, "version", NULL, 1000, err);
    if (!reply)
        return -1;
    const ph_value_t *version = ph_value_get(ph_message_body(reply), "version");
    ph_plugin_log(plugin, PH_LOG_INFO, "I run beside plughostd %s", ph_value_string(version, "?"));
    return 0;
}

static void hello_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    if (strcmp(ph_event_action(event), "spawn") == 0)
        ph_plugin_log(plugin, PH_LOG_INFO, "%s, %s!", ph_plugin_option(plugin, "greeting", "hello"),
                      ph_event_watcher(event));
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .topics = topics,
    .handle_init = hello_init,
    .handle_recv = hello_recv,
};
