/* probe.c - a plugin that writes down what happens to it.
 *
 * Options: `record`, a file that gets a line for each callback, with the outcome of a call in it;
 * `dump`, a folder in which a file is made for each of the options that are named in `keys`
 * (parted by blanks), with its value, byte for byte. */
#include <fcntl.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void record(ph_plugin_t *plugin, const char *callback, const char *text)
{
    int fd = open(ph_plugin_option(plugin, "record", "/dev/null"),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    dprintf(fd, "%s %s: %s\n", ph_plugin_name(plugin), callback, text);
    close(fd);
}

/* Calls a command from within a callback and writes down what came of it. */
static void record_call(ph_plugin_t *plugin, const char *callback, const char *command)
{
    struct ph_error err;
    char text[600];
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_plugin_call(plugin, command, NULL, 5000, &err);
    snprintf(text, sizeof text, "%s %s", command, reply ? "ok" : err.message);
    record(plugin, callback, text);
}

static void dump_option(const char *folder, const char *key, const char *value)
{
    char path[4096], fresh[4200];
    snprintf(path, sizeof path, "%s/%s", folder, key);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    FILE *file = fopen(fresh, "we");
    if (!file)
        return;
    fputs(value, file);
    fclose(file);
    rename(fresh, path);
}

static void dump_options(ph_plugin_t *plugin, const char *folder)
{
    char keys[256];
    snprintf(keys, sizeof keys, "%s", ph_plugin_option(plugin, "keys", ""));
    for (char *rest = keys, *key; (key = strtok_r(rest, " ", &rest));)
        dump_option(folder, key, ph_plugin_option(plugin, key, "(not set)"));
}

static int probe_init(ph_plugin_t *plugin, struct ph_error *err)
{
    (void)err;
    const char *folder = ph_plugin_option(plugin, "dump", NULL);
    if (folder)
        dump_options(plugin, folder);
    record_call(plugin, "init", "version");
    ph_plugin_log(plugin, PH_LOG_INFO, "the probe is up");
    return 0;
}

static void probe_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    record(plugin, "recv", ph_event_topic(event));
    if (!ph_plugin_data(plugin))
        record_call(plugin, "recv", "list");
    ph_plugin_set_data(plugin, plugin); /* one call is enough */
}

static void probe_stop(ph_plugin_t *plugin)
{
    record_call(plugin, "stop", "ping");
}

static void probe_reopen(ph_plugin_t *plugin)
{
    record(plugin, "reopen", "done");
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,          .version = "1.0",          .handle_init = probe_init,
    .handle_recv = probe_recv, .handle_stop = probe_stop, .handle_reopen = probe_reopen,
};
