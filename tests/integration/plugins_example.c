/* etc/plugins.ini: each of its plugins takes the options that stand there. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <stdlib.h>
#include <string.h>

TestSuite(plugins_example, .timeout = 60);

enum { WAIT_MS = 20000 };

Test(plugins_example, all_of_them_become_active)
{
    static const char *const names[] = {"command_reloader", "full_stats",     "http_observer",
                                        "logger",           "redis_observer", "resource_watcher",
                                        "statsd",           "watchdog"};
    ph_cleanup(ph_freep) char *file = file_read(TEST_PLUGINS_INI);
    cr_assert(file);
    ph_cleanup(ph_freep) char *in_folder = text_replace(file, "events.log", "@DIR@/events.log");
    ph_cleanup(ph_freep) char *text = text_replace(in_folder, "port = 1664", "port = 0");
    cr_assert_eq(text_count(text, "\n[plugin:"), sizeof names / sizeof names[0]);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        daemon_do(daemon, "start", names[i], true);
        cr_expect_str_eq(daemon_status(daemon, names[i]).status, "active", "%s", names[i]);
    }
}
