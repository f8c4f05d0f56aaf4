/* Good configurations: what they make. What is wrong with bad ones: configuration_errors.c */
#include <alloc.h>
#include <config/configuration.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct configuration configuration;

static void tear_down(void)
{
    configuration_release(&configuration);
}

TestSuite(configuration, .fini = tear_down);

static void parse(const char *text)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    int outcome = configuration_parse(&configuration, text, strlen(text), &problems);
    problems_print(&problems, "x.ini", stderr);
    cr_assert_eq(outcome, 0);
    cr_assert_eq(problems.count, 0);
}

static const struct watcher_options *watcher(size_t index)
{
    cr_assert_lt(index, configuration.watcher_count);
    return &configuration.watchers[index];
}

static const char *option_of(size_t index, const char *key)
{
    const struct pairs *pairs = &watcher(index)->option;
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return pairs->items[i].value;
    return "(none)";
}

static const char *variable_of(size_t index, const char *key)
{
    const struct pairs *pairs = &watcher(index)->env;
    const char *found = "(none)";
    unsigned count = 0;
    for (size_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            count++, found = pairs->items[i].value;
    cr_expect_leq(count, 1, "'%s' is there %u times", key, count);
    return found;
}

Test(configuration, a_label_of_a_watcher_is_any_text)
{
    parse("[watcher:web]\ncmd = true\nlabel.team = the shop = ours\n");
    cr_expect_str_eq(pairs_get(&watcher(0)->option, "label.team"), "the shop = ours");
}

Test(configuration, circus_is_not_served_unless_asked_for_and_then_where_circus_is)
{
    parse("[watcher:web]\ncmd = x\n");
    cr_expect_not(configuration.settings.circus_compat);
    cr_expect_str_eq(configuration.settings.circus_endpoint, "tcp://127.0.0.1:5555");
    cr_expect_str_eq(configuration.settings.circus_pubsub_endpoint, "tcp://127.0.0.1:5556");
}

Test(configuration, every_option_reaches_its_member)
{
    parse("[plughost]\n"
          "run_dir = /run/x\n"
          "endpoint = ipc:///run/x/e\n"
          "pubsub_endpoint = ipc:///run/x/p\n"
          "plugin_path = /a:/b\n"
          "insecure_tcp = yes\n"
          "[circus]\n"
          "circus_compat = yes\n"
          "endpoint = ipc:///run/x/circus\n"
          "pubsub_endpoint = tcp://[::1]:7\n"
          "[watcher:web]\n"
          "cmd = serve --port 80\n"
          "args = 'one two' three\n"
          "working_dir = /srv\n"
          "numprocesses = 3\n"
          "autostart = no\n"
          "stop_signal = INT\n"
          "graceful_timeout = 2.5\n"
          "restart_delay = 0.2\n"
          "restart_delay_max = 7\n"
          "restart_jitter = 0.5\n"
          "stable_after = 20\n"
          "max_restarts = 4\n"
          "failed_retry = 9\n");
    const struct settings *settings = &configuration.settings;
    cr_expect_str_eq(settings->run_dir, "/run/x");
    cr_expect_str_eq(settings->endpoint, "ipc:///run/x/e");
    cr_expect_str_eq(settings->pubsub_endpoint, "ipc:///run/x/p");
    cr_expect_str_eq(settings->plugin_path[1], "/b");
    cr_expect(settings->insecure_tcp);
    cr_expect(settings->circus_compat);
    cr_expect_str_eq(settings->circus_endpoint, "ipc:///run/x/circus");
    cr_expect_str_eq(settings->circus_pubsub_endpoint, "tcp://[::1]:7");

    const struct watcher_options *web = watcher(0);
    cr_expect_eq(web->kind, WATCHER_PROGRAM);
    cr_expect_str_eq(web->name, "web");
    cr_expect_str_eq(web->cmd[2], "80");
    cr_expect_null(web->cmd[3]);
    cr_expect_str_eq(web->args[0], "one two");
    cr_expect_str_eq(web->args[1], "three");
    cr_expect_str_eq(web->working_dir, "/srv");
    cr_expect_eq(web->numprocesses, 3);
    cr_expect_not(web->autostart);
    cr_expect_eq(web->stop_signal, SIGINT);
    cr_expect_eq(web->graceful_timeout_ms, 2500);
    cr_expect_eq(web->restart.restart_delay_ms, 200);
    cr_expect_eq(web->restart.restart_delay_max_ms, 7000);
    cr_expect_eq(web->restart.restart_jitter, 0.5);
    cr_expect_eq(web->restart.stable_after_ms, 20000);
    cr_expect_eq(web->restart.max_restarts, 4);
    cr_expect_eq(web->restart.failed_retry_ms, 9000);
}

Test(configuration, watchers_stand_in_the_order_of_the_file)
{
    parse("[watcher:b]\ncmd = b\n[plugin:c]\n[watcher:a]\ncmd = a\n");
    cr_assert_eq(configuration.watcher_count, 3);
    cr_expect_str_eq(watcher(0)->name, "b");
    cr_expect_str_eq(watcher(1)->name, "plugin:c");
    cr_expect_str_eq(watcher(2)->name, "a");
}

Test(configuration, an_empty_file_is_a_daemon_without_watchers)
{
    bool is_root = geteuid() == 0;
    setenv("XDG_RUNTIME_DIR", "/run/user/7", 1);
    parse("");
    cr_expect_eq(configuration.watcher_count, 0);
    cr_expect_str_eq(configuration.settings.run_dir,
                     is_root ? "/run/plughost" : "/run/user/7/plughost");
    cr_expect_null(configuration.settings.plugin_path);
}

Test(configuration, the_endpoints_are_those_of_the_run_directory_if_nothing_is_said)
{
    parse("[plughost]\nrun_dir = /run/x\n");
    cr_expect_str_eq(configuration.settings.endpoint, "ipc:///run/x/endpoint.sock");
    cr_expect_str_eq(configuration.settings.pubsub_endpoint, "ipc:///run/x/pubsub.sock");
}

Test(configuration, an_empty_plugin_section_uses_the_module_of_its_name)
{
    parse("[plugin:x]\n");
    cr_expect_eq(watcher(0)->kind, WATCHER_PLUGIN);
    cr_expect_str_eq(watcher(0)->name, "plugin:x");
    cr_expect_str_eq(watcher(0)->use, "x");
    cr_expect_null(watcher(0)->cmd);
    cr_expect_eq(watcher(0)->numprocesses, 1);
    cr_expect_eq(watcher(0)->option.count, 0);
    cr_expect(watcher(0)->autostart);
}

Test(configuration, a_plugin_may_use_another_module)
{
    parse("[plugin:x]\nuse = /opt/y.so\n");
    cr_expect_str_eq(watcher(0)->use, "/opt/y.so");
}

Test(configuration, a_plugin_and_a_program_may_have_one_name)
{
    parse("[plugin:x]\n[watcher:x]\ncmd = y\n");
    cr_expect_str_eq(watcher(0)->name, "plugin:x");
    cr_expect_str_eq(watcher(1)->name, "x");
}

Test(configuration, keys_that_are_not_ours_are_the_options_of_the_plugin_byte_for_byte)
{
    parse("[plugin:x]\n"
          "greeting = \"hello\",  'you' : %d %% \\n # ; \xc3\xa9 \xf0\x9f\x98\x80\n"
          "empty =\n"
          "autostart = no\n"
          "cmd = not ours in a plugin\n"
          "k.e-y = 1\n");
    cr_expect_eq(watcher(0)->option.count, 4);
    cr_expect_str_eq(option_of(0, "greeting"),
                     "\"hello\",  'you' : %d %% \\n # ; \xc3\xa9 \xf0\x9f\x98\x80");
    cr_expect_str_eq(option_of(0, "empty"), "");
    cr_expect_str_eq(option_of(0, "cmd"), "not ours in a plugin");
    cr_expect_str_eq(option_of(0, "k.e-y"), "1");
    cr_expect_not(watcher(0)->autostart);
}

Test(configuration, a_plugin_may_have_options_that_differ_only_in_case)
{
    parse("[plugin:x]\nKey = 1\nkey = 2\nKEY = 3\n");
    cr_expect_eq(watcher(0)->option.count, 3);
    cr_expect_str_eq(option_of(0, "Key"), "1");
    cr_expect_str_eq(option_of(0, "key"), "2");
    cr_expect_str_eq(option_of(0, "KEY"), "3");
}

Test(configuration, an_option_of_64_kib_comes_whole)
{
    enum { LONG = 64 << 10 };
    ph_cleanup(ph_freep) char *value = ph_calloc(1, LONG + 1);
    memset(value, 'x', LONG);
    ph_cleanup(ph_freep) char *text = ph_format("[plugin:x]\nlong = %s\n", value);
    parse(text);
    cr_expect(strcmp(option_of(0, "long"), value) == 0);
}

Test(configuration, variables_go_to_the_watchers_whose_names_match)
{
    parse("[env:w*]\nA = all\n"
          "[watcher:web]\ncmd = x\n"
          "[watcher:work]\ncmd = x\n"
          "[watcher:other]\ncmd = x\n"
          "[env:web]\nB = web\n"
          "[env:WE?]\nC = any case\n"
          "[env:[wo]*]\nD = class\n");
    cr_expect_str_eq(variable_of(0, "A"), "all");
    cr_expect_str_eq(variable_of(0, "B"), "web");
    cr_expect_str_eq(variable_of(0, "C"), "any case");
    cr_expect_str_eq(variable_of(0, "D"), "class");
    cr_expect_str_eq(variable_of(1, "A"), "all");
    cr_expect_str_eq(variable_of(1, "B"), "(none)");
    cr_expect_str_eq(variable_of(1, "C"), "(none)");
    cr_expect_str_eq(variable_of(2, "A"), "(none)");
    cr_expect_str_eq(variable_of(2, "D"), "class");
}

Test(configuration, variables_reach_plugins_by_their_full_name)
{
    parse("[plugin:x]\n[watcher:x]\ncmd = y\n[env:plugin:x]\nA = 1\n[env:*]\nB = 2\n");
    cr_expect_str_eq(variable_of(0, "A"), "1");
    cr_expect_str_eq(variable_of(0, "B"), "2");
    cr_expect_str_eq(variable_of(1, "A"), "(none)");
    cr_expect_str_eq(variable_of(1, "B"), "2");
}

Test(configuration, a_later_section_of_variables_beats_an_earlier_one)
{
    parse("[watcher:web]\ncmd = x\n[env:*]\nA = 1\na = small\n[env:web]\nA = 2\n");
    cr_expect_str_eq(variable_of(0, "A"), "2");
    cr_expect_str_eq(variable_of(0, "a"), "small");
}

Test(configuration, a_name_may_have_dots_dashes_and_100_letters)
{
    char name[101];
    memset(name, 'n', 100);
    name[100] = '\0';
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:a.b-c_D9]\ncmd = x\n[watcher:%s]\ncmd = x\n", name);
    parse(text);
    cr_expect_str_eq(watcher(0)->name, "a.b-c_D9");
    cr_expect_str_eq(watcher(1)->name, name);
}

Test(configuration, tcp_on_a_loopback_address_is_allowed_when_it_is_asked_for)
{
    parse("[plughost]\nendpoint = tcp://127.0.0.1:5555\npubsub_endpoint = tcp://[::1]:5556\n"
          "insecure_tcp = yes\n");
    cr_expect_str_eq(configuration.settings.endpoint, "tcp://127.0.0.1:5555");
    configuration_release(&configuration);
    parse("[plughost]\ninsecure_tcp = yes\nendpoint = tcp://127.1.2.3:5555\n");
}

Test(configuration, releasing_leaves_it_empty)
{
    parse("[watcher:web]\ncmd = x\n");
    configuration_release(&configuration);
    cr_expect_eq(configuration.watcher_count, 0);
    cr_expect_null(configuration.settings.run_dir);
}

Test(configuration, a_file_is_read_from_its_path)
{
    char path[] = "/tmp/plughost-unit-XXXXXX";
    static const char text[] = "[watcher:web]\ncmd = x\n";
    ph_cleanup(problems_release) struct problems problems = {0};
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(fd);
    int outcome = configuration_read(&configuration, path, DIALECT_PLUGHOST, NULL, &problems);
    unlink(path);
    cr_expect_eq(outcome, 0);
    cr_expect_str_eq(watcher(0)->name, "web");
}
