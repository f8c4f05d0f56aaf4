#include "circus_shown.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* ---- those that come with Circus ---- */

Test(circus_plugin, those_that_come_with_circus_are_ours)
{
    static const struct {
        const char *class, *use;
    } rows[] = {
        {"circus.plugins.statsd.StatsdEmitter", "statsd"},
        {"circus.plugins.statsd.FullStats", "full_stats"},
        {"circus.plugins.resource_watcher.ResourceWatcher", "resource_watcher"},
        {"circus.plugins.watchdog.WatchDog", "watchdog"},
        {"circus.plugins.http_observer.HttpObserver", "http_observer"},
        {"circus.plugins.redis_observer.RedisObserver", "redis_observer"},
        {"circus.plugins.command_reloader.CommandReloader", "command_reloader"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_freep) char *text =
            ph_format("[plugin:x]\nuse = %s\nloop_rate = 5\n", rows[i].class);
        ph_cleanup(ph_freep) char *options = ph_format("use=<%s> loop_rate=<5>", rows[i].use);
        expect_section(text, "plugin:x", options);
        ph_cleanup(configuration_release) struct configuration configuration =
            circus_configuration(text);
        cr_expect_str_eq(configuration.watchers[0].name, "plugin:x");
        cr_expect_str_eq(pairs_get(&configuration.watchers[0].option, "loop_rate"), "5");
    }
}

Test(circus_plugin, the_options_of_ours_reach_it_byte_for_byte)
{
    expect_section("[plugin:x]\nuse = circus.plugins.statsd.StatsdEmitter\n"
                   "application_name = it's \"a\": b:::c\nhost =\n",
                   "plugin:x", "use=<statsd> application_name=<it's \"a\": b:::c> host=<>");
}

Test(circus_plugin, a_plugin_has_one_process)
{
    static const char text[] = "[plugin:x]\nuse = circus.plugins.statsd.StatsdEmitter\n"
                               "singleton = True\nnumprocesses = 3\n";
    expect_section(text, "plugin:x", "use=<statsd>");
    expect_notices(text, "0: without meaning here: singleton, numprocesses (a plugin has one "
                         "process)\n");
}

Test(circus_plugin, one_of_plughost_is_possible_too)
{
    expect_section("[plugin:x]\nuse = logger\nfile = /x\nplughost.priority = 7\n", "plugin:x",
                   "use=<logger> file=</x> priority=<7>");
    expect_section("[plugin:x]\nuse = python:shop.Plugin\n", "plugin:x",
                   "use=<python:shop.Plugin>");
}

Test(circus_plugin, one_without_options_is_left_out_and_one_without_use_refused)
{
    expect_section("[plugin:x]\n", "plugin:x", "(none)");
    expect_circus_problems("[plugin:x]\nhost = a\n",
                           "x.ini:1: [plugin:x] has no 'use' (add a line 'use = MODULE.CLASS')\n");
    expect_circus_problems("[DEFAULT]\nhost = a\n[plugin:x]\n",
                           "x.ini:3: [plugin:x] has no 'use' (add a line 'use = MODULE.CLASS')\n");
}

/* ---- flapping ---- */

#define FLAPPING "[plugin:flap]\nuse = circus.plugins.flapping.Flapping\n"

Test(circus_plugin, flapping_is_done_by_the_daemon_for_all_watchers)
{
    static const char text[] = FLAPPING "window = 3\nmax_retry = -1\npriority = 1\n"
                                        "[watcher:web]\ncmd = true\nflapping.attempts = 9\n";
    expect_section(text, "plugin:flap", "(none)");
    expect_section(text, "watcher:web",
                   "cmd=<true> flapping.attempts=<9> copy_env=<no> flapping.window=<3> "
                   "flapping.retry_in=<7> flapping.max_retry=<-1>");
    expect_notices(text, "0: without meaning here: circus.plugins.flapping.Flapping (the daemon "
                         "does its work, with its options for all watchers)\n");
}

Test(circus_plugin, flapping_has_the_defaults_of_circus)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration(FLAPPING "[watcher:web]\ncmd = true\n");
    const struct flapping_options *flapping = &configuration.watchers[0].flapping;
    cr_expect(flapping->active);
    cr_expect_eq(flapping->attempts, 2);
    cr_expect_eq(flapping->window_ms, 1000);
    cr_expect_eq(flapping->retry_in_ms, 7000);
    cr_expect_eq(flapping->max_retry, 5);
}

Test(circus_plugin, flapping_that_is_not_active_changes_nothing)
{
    expect_section(FLAPPING "active = False\nwindow = 3\n[watcher:web]\ncmd = true\n",
                   "watcher:web", "cmd=<true> copy_env=<no>");
}

/* ---- other classes ---- */

/* Returns the words behind the path of the program, each in brackets; the caller frees it. */
static char *words_of(const struct watcher_options *watcher)
{
    cr_assert(watcher->cmd && watcher->cmd[0] && watcher->cmd[1]);
    cr_expect(strstr(watcher->cmd[0], "python3"), "%s", watcher->cmd[0]);
    cr_expect(strstr(watcher->cmd[1], "/circus/plugin.py"), "%s", watcher->cmd[1]);
    char *words = ph_strdup("");
    for (char **word = watcher->cmd + 2; *word; word++) {
        ph_cleanup(ph_freep) char *before = words;
        words = ph_format("%s<%s>", before, *word);
    }
    return words;
}

static void expect_words(const char *text, const char *expected)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration(text);
    const struct watcher_options *watcher = &configuration.watchers[0];
    cr_expect_eq(watcher->kind, WATCHER_PROGRAM);
    cr_expect_str_eq(watcher->name, "plugin:mine");
    ph_cleanup(ph_freep) char *words = words_of(watcher);
    cr_expect_str_eq(words, expected);
}

Test(circus_plugin, another_class_is_run_by_the_runner_of_circus)
{
    expect_words("[plugin:mine]\nuse = shop.plugins.Mine\nwatcher = web\nevery = 5\n",
                 "<--endpoint><tcp://127.0.0.1:5555><--pubsub><tcp://127.0.0.1:5556>"
                 "<--config><name:plugin:mine:::every:5:::watcher:web><shop.plugins.Mine>");
}

Test(circus_plugin, it_is_told_where_the_clients_of_circus_are_served)
{
    expect_words("[circus]\nendpoint = tcp://127.0.0.1:7000\npubsub_endpoint = ipc:///x/p\n"
                 "[plugin:mine]\nuse = shop.Mine\n",
                 "<--endpoint><tcp://127.0.0.1:7000><--pubsub><ipc:///x/p>"
                 "<--config><name:plugin:mine><shop.Mine>");
}

Test(circus_plugin, its_name_is_that_of_its_watcher_whatever_the_file_says)
{
    expect_words("[plugin:mine]\nuse = shop.Mine\nname = other\n",
                 "<--endpoint><tcp://127.0.0.1:5555><--pubsub><tcp://127.0.0.1:5556>"
                 "<--config><name:plugin:mine><shop.Mine>");
}

Test(circus_plugin, its_options_may_have_blanks_and_quotes_and_colons)
{
    expect_words("[plugin:mine]\nuse = shop.Mine\ntext = it's \"a b\"\\\nurl = http://x:80/\n",
                 "<--endpoint><tcp://127.0.0.1:5555><--pubsub><tcp://127.0.0.1:5556>"
                 "<--config><name:plugin:mine:::text:it's \"a b\"\\:::url:http://x:80/>"
                 "<shop.Mine>");
}

Test(circus_plugin, an_option_that_the_runner_would_misread_is_left_out_with_a_notice)
{
    static const char *const values[] = {"", "a:::b", ":a", "a:"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ph_cleanup(ph_freep) char *text =
            ph_format("[plugin:mine]\nuse = shop.Mine\nbad = %s\ngood = 1\n", values[i]);
        expect_words(text, "<--endpoint><tcp://127.0.0.1:5555><--pubsub><tcp://127.0.0.1:5556>"
                           "<--config><name:plugin:mine:::good:1><shop.Mine>");
        expect_notices(text, "3: bad of [plugin:mine] is left out: Circus's runner takes no option "
                             "that is empty, has ':::', or begins or ends with ':'\n");
    }
}

Test(circus_plugin, options_of_its_watcher_count_and_have_their_own_types)
{
    ph_cleanup(configuration_release) struct configuration configuration = circus_configuration(
        "[plugin:mine]\nuse = shop.Mine\nautostart = False\nstop_signal = INT\npriority = 5\n"
        "cmd = rm\nargs = -r\nnumprocesses = 7\nstdout_stream.class = NullStream\nkey = value\n");
    const struct watcher_options *watcher = &configuration.watchers[0];
    cr_expect_not(watcher->autostart);
    cr_expect_eq(watcher->stop_signal, 2);
    cr_expect_eq(watcher->priority, 5);
    cr_expect_eq(watcher->numprocesses, 1);
    cr_expect_eq(watcher->stdout_stream.class, STREAM_NULL);
    cr_expect_null(watcher->args);
    cr_expect_eq(watcher->option.count, 0, "its own options are no labels");
    cr_expect(strstr(watcher->cmd[1], "plugin.py"));
}

Test(circus_plugin, it_gets_the_environment_of_the_daemon_and_is_started_first)
{
    ph_cleanup(configuration_release) struct configuration configuration =
        circus_configuration("[env]\nA = 1\n[plugin:mine]\nuse = shop.Mine\n");
    const struct watcher_options *watcher = &configuration.watchers[0];
    cr_expect(watcher->copy_env);
    cr_expect_eq(watcher->priority, 1);
    cr_expect_str_eq(pairs_get(&watcher->env, "A"), "1");
}
