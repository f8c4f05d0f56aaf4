/* guard.c - a plugin whose methods are hooks: `allow` and `refuse` say yes and no, `hang` takes
 * longer than anybody waits. The option `record` names a file that gets a line for each call. */
#include <fcntl.h>
#include <inttypes.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <unistd.h>

static void record(ph_plugin_t *plugin, const char *what, const ph_value_t *args)
{
    int fd = open(ph_plugin_option(plugin, "record", "/dev/null"),
                  O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    dprintf(fd, "%s %s %s signal=%s exit_code=%" PRId64 "\n", what,
            ph_value_string(ph_value_get(args, "hook"), "-"),
            ph_value_string(ph_value_get(args, "watcher"), "-"),
            ph_value_string(ph_value_get(args, "signal"), "-"),
            ph_value_int(ph_value_get(args, "exit_code"), -1000));
    close(fd);
}

static int allow(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                 struct ph_error *err)
{
    (void)result;
    (void)err;
    record(plugin, "allowed", args);
    return 0;
}

static int refuse(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                  struct ph_error *err)
{
    (void)result;
    record(plugin, "refused", args);
    return ph_error_set(err, PH_CONFLICT, "not before noon");
}

/* The one that waits is the plugin's data: it is refused when another comes, or at the end. */
static void refuse_waiting(ph_plugin_t *plugin)
{
    struct ph_error err;
    ph_deferred_t *waiting = ph_plugin_data(plugin);
    ph_error_set(&err, PH_UNAVAILABLE, "nobody waits any more");
    if (waiting)
        ph_deferred_refuse(&waiting, &err);
}

static int hang(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)result;
    (void)err;
    record(plugin, "hangs", args);
    refuse_waiting(plugin);
    ph_plugin_set_data(plugin, ph_plugin_defer(plugin));
    return 0;
}

static const struct ph_argument arguments[] = {
    {"hook", PH_ARGUMENT_TEXT, false, "which hook it is"},
    {"watcher", PH_ARGUMENT_TEXT, false, "what it is about"},
    {"signal", PH_ARGUMENT_TEXT, false, "the signal that is sent"},
    {"exit_code", PH_ARGUMENT_INT, false, "how the process ended"},
    {0},
};

static const struct ph_method methods[] = {
    {"allow", "Says yes.", arguments, allow},
    {"refuse", "Says no.", NULL, refuse},
    {"hang", "Answers when nobody waits any more.", NULL, hang},
    {0},
};

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .methods = methods, .handle_stop = refuse_waiting};
