/* caller.c - a plugin that makes a long call: on the first event it stops the watcher that its
 * option `stops` names, and waits. The option `record` names a file that gets a line for what
 * happens. */
#include <fcntl.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <unistd.h>

enum { CALL_MS = 30000 };

static void record(ph_plugin_t *plugin, const char *text)
{
    int fd = open(ph_plugin_option(plugin, "record", "/dev/null"),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    dprintf(fd, "%s\n", text);
    close(fd);
}

static void caller_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    (void)event;
    if (ph_plugin_data(plugin))
        return;
    ph_plugin_set_data(plugin, plugin); /* one call is enough */

    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", ph_plugin_option(plugin, "stops", ""));
    ph_writer_bool(properties, "waiting", true);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_plugin_call(plugin, "stop", properties, CALL_MS, &err);
    record(plugin, reply ? "answered" : err.message);
}

static void caller_reopen(ph_plugin_t *plugin)
{
    record(plugin, "reopened");
}

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .handle_recv = caller_recv, .handle_reopen = caller_reopen};
