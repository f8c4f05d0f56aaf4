/* plughostd --circus: the plugins that come with Circus, as a circus.ini has them. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <sink.h>
#include <stdlib.h>

TestSuite(circus_plugins, .timeout = 60);

enum { WAIT_MS = 20000 };

static const char configuration[] =
    "[circus]\nendpoint = tcp://127.0.0.1:%u\npubsub_endpoint = tcp://127.0.0.1:%u\n"
    "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 2\n"
    "[plugin:events]\nuse = circus.plugins.statsd.StatsdEmitter\nhost = 127.0.0.1\nport = %u\n"
    "sample_rate = 1.0\napplication_name = shop\n"
    "[plugin:full]\nuse = circus.plugins.statsd.FullStats\nhost = 127.0.0.1\nport = %u\n"
    "loop_rate = 0.2\n"
    "[plugin:http]\nuse = circus.plugins.http_observer.HttpObserver\n"
    "check_url = http://127.0.0.1:9/\ntimeout = 10\nloop_rate = 60\nrestart_on_error = web\n"
    "[plugin:redis]\nuse = circus.plugins.redis_observer.RedisObserver\n"
    "redis_url = redis://localhost:6379/0\ntimeout = 5\nrestart_on_timeout = web\n"
    "[plugin:resources]\nuse = circus.plugins.resource_watcher.ResourceWatcher\nservice = web\n"
    "max_cpu = 90\nmax_mem = 250M\nmin_mem = 1\nhealth_threshold = 75\nmax_count = 3\n"
    "process_children = 1\nchild_signal = 15\n"
    "[plugin:dog]\nuse = circus.plugins.watchdog.WatchDog\nloop_rate = 60\nmax_count = 3\n"
    "watchers_regex = ^(web|db)$\nmsg_regex = ^(?P<pid>.*);(?P<timestamp>.*)$\nip = 127.0.0.1\n"
    "port = 0\nwatchers_stop_signal = 15\nwatchers_graceful_timeout = 5\n"
    "[plugin:reloader]\nuse = circus.plugins.command_reloader.CommandReloader\nloop_rate = 1\n"
    "[plugin:flapping]\nuse = circus.plugins.flapping.Flapping\nattempts = 3\n";

Test(circus_plugins, all_of_them_are_there_and_take_the_options_of_circus)
{
    static const char *const names[] = {"plugin:events",  "plugin:full",      "plugin:http",
                                        "plugin:redis",   "plugin:resources", "plugin:dog",
                                        "plugin:reloader"};
    ph_cleanup(sink_destroy) sink_t *sink = sink_new();
    ph_cleanup(ph_freep) char *text = ph_format(
        configuration, daemon_find_port(), daemon_find_port(), sink_port(sink), sink_port(sink));
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    daemon_launch(daemon, (const char *const[]){"--circus", NULL});
    daemon_await(daemon);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        daemon_wait_status(daemon, names[i], "active", WAIT_MS);
    sink_wait(sink, "circus.app.watcher._stats.web.watchers_num:2|g", WAIT_MS);
    daemon_do(daemon, "restart", "web", true);
    sink_wait(sink, "circus.shop.watcher.web.spawn:1|c", WAIT_MS);
}
