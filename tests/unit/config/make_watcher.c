/* A watcher that is added while the daemon runs. */
#include <config/configuration.h>
#include <criterion/criterion.h>
#include <string.h>

static char web_name[] = "web", http_name[] = "http";
static struct watcher_options web = {.name = web_name};
static const struct watcher_options *const others[] = {&web};
static struct socket_options http = {.name = http_name};
static const struct surroundings surroundings = {
    .watchers = others, .watcher_count = 1, .sockets = &http, .socket_count = 1};

static struct watcher_options made;
static struct written_list given;
static struct problems problems;

static void tear_down(void)
{
    watcher_options_release(&made);
    written_release(&given);
    problems_release(&problems);
}

TestSuite(make_watcher, .fini = tear_down);

static void give(const char *key, const char *value)
{
    written_add(&given, key, value, NOWHERE);
}

static int make(const char *name)
{
    struct watcher_source source = {.name = name, .is_added = true, .written = &given};
    return configuration_make_watcher(&made, &source, &surroundings, &problems);
}

Test(make_watcher, it_goes_through_the_same_options_as_a_section)
{
    give("cmd", "serve --fd $(circus.sockets.http)");
    give("args", "'a b'");
    give("numprocesses", "0");
    give("after", "WEB");
    give("env", "A=1");
    give("max_retry", "3");
    cr_assert_eq(make("api"), 0);
    cr_expect_eq(problems.count, 0);
    cr_expect_eq(made.kind, WATCHER_PROGRAM);
    cr_expect_str_eq(made.name, "api");
    cr_expect_str_eq(made.cmd[0], "serve");
    cr_expect_str_eq(made.args[0], "a b");
    cr_expect_str_eq(made.command, "serve --fd $(circus.sockets.http) 'a b'");
    cr_expect_eq(made.numprocesses, 0);
    cr_expect_str_eq(made.env.items[0].value, "1");
    cr_expect_eq(made.restart.max_restarts, 3);
    cr_expect_eq(made.graceful_timeout_ms, 30000);
}

Test(make_watcher, a_plugin_is_made_by_its_full_name)
{
    give("filename", "/x");
    cr_assert_eq(make("plugin:log"), 0);
    cr_expect_eq(made.kind, WATCHER_PLUGIN);
    cr_expect_str_eq(made.name, "plugin:log");
    cr_expect_str_eq(made.use, "log");
    cr_expect_str_eq(made.option.items[0].key, "filename");
}

Test(make_watcher, all_that_is_wrong_is_told_and_nothing_is_made)
{
    static const char *const expected[] = {
        "the name 'a b' has other characters than allowed",
        "unknown option 'numproceses'",
        "[watcher:a b] has no 'cmd'",
        "stdin_socket = htp: there is no socket 'htp'",
        "requires = wbe: there is no such watcher",
    };
    give("numproceses", "1");
    give("stdin_socket", "htp");
    give("requires", "wbe");
    cr_expect_eq(make("a b"), -1);
    cr_assert_eq(problems.count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < problems.count; i++) {
        cr_expect_str_eq(problems.items[i].error.message, expected[i]);
        cr_expect_eq(problems.items[i].line, 0);
    }
    cr_expect_null(made.name);
}
