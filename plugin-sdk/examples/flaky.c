/* flaky.c - crashes on purpose, to show what plughostd does then. Option: crash_after, in
 * seconds. */
#include <plughost/plughost.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static void on_alarm(int number)
{
    (void)number;
    abort();
}

static int flaky_init(ph_plugin_t *plugin, struct ph_error *err)
{
    int64_t seconds;
    if (ph_plugin_option_int(plugin, "crash_after", 3, &seconds, err) < 0)
        return -1;
    if (seconds < 1 || seconds > 3600)
        return ph_error_set(err, PH_INVALID, "option 'crash_after': must be 1 to 3600");
    signal(SIGALRM, on_alarm);
    alarm((unsigned)seconds);
    ph_plugin_log(plugin, PH_LOG_WARNING, "will crash in %d s", (int)seconds);
    return 0;
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Crashes on purpose.",
    .handle_init = flaky_init,
};
