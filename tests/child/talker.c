/* talker.c - a plugin that says much, and has a last word.
 *
 * It begins with a line that is no UTF-8. Options: `lines`, so many lines of log are written in
 * handle_init; `late`, handle_stop waits for a signal to stop as well before the last word. */
#include <inttypes.h>
#include <plughost/plughost.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { SIGNAL_MS = 20000 };

static int talker_init(ph_plugin_t *plugin, struct ph_error *err)
{
    int64_t lines = 0;
    if (ph_plugin_option_int(plugin, "lines", 0, &lines, err) < 0)
        return -1;
    ph_plugin_log(plugin, PH_LOG_INFO, "the \xff first word");
    for (int64_t i = 0; i < lines; i++)
        ph_plugin_log(plugin, PH_LOG_INFO, "line %" PRId64, i);
    return 0;
}

/* Waits until SIGTERM has come, and leaves it: it is blocked, and the library's. */
static void wait_for_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    struct pollfd item = {.fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN};
    poll(&item, 1, SIGNAL_MS);
    close(item.fd);
}

static void talker_stop(ph_plugin_t *plugin)
{
    bool is_late = false;
    ph_plugin_option_bool(plugin, "late", false, &is_late, NULL);
    if (is_late)
        wait_for_signal();
    ph_plugin_log(plugin, PH_LOG_INFO, "the last word");
}

PH_PLUGIN_MODULE = {PH_PLUGIN_HEADER, .handle_init = talker_init, .handle_stop = talker_stop};
