/* Commands: what they answer, when they answer, and what they refuse. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <raw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(commands, .timeout = 60);

#define STUBBORN                                                                                   \
    "[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\ngraceful_timeout = 0.3\nautostart = "    \
    "no\n"
#define HANGING "[plugin:hangs]\ngraceful_timeout = 0.1\nautostart = no\n"

static void start_stubborn(daemon_t *daemon)
{
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "pids", "\n", 5000));
}

/* ---- what is there ---- */

static void expect_names(const ph_message_t *reply, const char *const *names, size_t count)
{
    const ph_value_t *watchers = ph_value_get(ph_message_body(reply), "watchers");
    cr_assert_eq(ph_value_size(watchers), count);
    for (size_t i = 0; i < count; i++)
        cr_expect_str_eq(ph_value_string(ph_value_at(watchers, i), ""), names[i]);
}

#define THREE                                                                                      \
    "[watcher:Web]\ncmd = @CHILD@ run\nautostart = no\n"                                           \
    "[plugin:probe]\nautostart = no\n"                                                             \
    "[watcher:a.b]\ncmd = @CHILD@ run\nautostart = no\n"

Test(commands, list_names_the_watchers_in_the_order_of_the_configuration)
{
    static const char *const names[] = {"Web", "plugin:probe", "a.b"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "list", NULL, false);
    expect_names(reply, names, 3);
}

Test(commands, names_are_found_in_any_case_and_plugins_with_or_without_prefix)
{
    static const char *const spellings[][2] = {{"web", "Web"},
                                               {"WEB", "Web"},
                                               {"Probe", "plugin:probe"},
                                               {"PLUGIN:probe", "plugin:probe"},
                                               {"A.B", "a.b"}};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            daemon_command(daemon, "stop", spellings[i][0], false);
        expect_names(reply, &spellings[i][1], 1);
    }
}

Test(commands, a_list_of_names_is_about_each_of_them_once)
{
    static const char *const names[] = {"a.b", "Web"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_bool(properties, "waiting", true);
    ph_writer_array(properties, "name");
    ph_writer_string(properties, NULL, "a.b");
    ph_writer_string(properties, NULL, "web");
    ph_writer_string(properties, NULL, "A.b");
    ph_writer_end(properties);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(daemon_client(daemon), "start", properties, 5000, NULL);
    expect_names(reply, names, 2);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
    cr_expect_str_eq(daemon_status(daemon, "probe").status, "stopped");
}

Test(commands, version_tells_where_the_daemon_is)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "version", NULL, false);
    const ph_value_t *body = ph_message_body(reply);
    ph_cleanup(ph_freep) char *pubsub = ph_format("ipc://%s/run/pubsub.sock", daemon_dir(daemon));
    cr_expect_str_eq(ph_value_string(ph_value_get(body, "version"), ""), PH_VERSION);
    cr_expect_str_eq(ph_value_string(ph_value_get(body, "endpoint"), ""), daemon_endpoint(daemon));
    cr_expect_str_eq(ph_value_string(ph_value_get(body, "pubsub_endpoint"), ""), pubsub);
    cr_expect_eq(ph_value_int(ph_value_get(body, "protocol"), 0), PH_PROTOCOL);
    cr_expect_eq(ph_value_int(ph_value_get(body, "pid"), 0), daemon_pid(daemon));
}

Test(commands, status_tells_all_about_a_running_watcher)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 2\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", NULL, false);
    const ph_value_t *body = ph_message_body(reply);
    const ph_value_t *watcher = ph_value_at(ph_value_get(body, "watchers"), 0);
    const ph_value_t *second = ph_value_at(ph_value_get(watcher, "processes"), 1);
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_value_get(body, "statuses"), "web"), ""),
                     "active");
    cr_expect_eq(ph_value_int(ph_value_get(watcher, "numprocesses"), 0), 2);
    cr_expect_eq(ph_value_int(ph_value_get(watcher, "running"), 0), 2);
    cr_expect_eq(ph_value_int(ph_value_get(watcher, "restarts"), -1), 0);
    cr_expect_null(ph_value_get(watcher, "reason"), "there is nothing to say");
    cr_expect_eq(ph_value_int(ph_value_get(second, "wid"), 0), 2);
    cr_expect_str_eq(ph_value_string(ph_value_get(second, "state"), ""), "running");
    cr_expect_gt(ph_value_int(ph_value_get(second, "pid"), 0), 0);
    cr_expect_geq(ph_value_float(ph_value_get(second, "uptime"), -1), 0.0);
}

Test(commands, help_describes_every_command_but_those_of_plugins)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "help", NULL, false);
    const ph_value_t *commands = ph_value_get(ph_message_body(reply), "commands");
    cr_expect_eq(ph_value_size(commands), 38);
    for (size_t i = 0; i < ph_value_size(commands); i++) {
        const ph_value_t *command = ph_value_at(commands, i);
        cr_expect(!strchr(ph_value_string(ph_value_get(command, "name"), "."), '.'));
        cr_expect_gt(ph_value_size(ph_value_get(command, "summary")), 0);
        cr_expect_eq(ph_value_type(ph_value_get(command, "properties")), PH_ARRAY);
    }
}

/* ---- refusals ---- */

Test(commands, an_unknown_watcher_is_not_found_and_the_nearest_name_is_given)
{
    static const char *const commands[] = {"status", "start", "stop", "restart", "reopen"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct ph_error err;
        cr_assert_null(daemon_try(daemon, commands[i], "wbe", false, &err));
        cr_expect_eq(err.code, PH_NOT_FOUND);
        cr_expect_str_eq(err.message, "no watcher is named 'wbe'");
        cr_expect_str_eq(err.hint, "did you mean 'web'?");
    }
}

Test(commands, a_list_with_an_unknown_name_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_array(properties, "name");
    ph_writer_string(properties, NULL, "web");
    ph_writer_string(properties, NULL, "nobody");
    ph_writer_end(properties);
    cr_assert_null(ph_client_call(daemon_client(daemon), "start", properties, 5000, &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(commands, an_unknown_command_is_refused_with_the_nearest_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "restrat", NULL, false, &err));
    cr_expect_eq(err.code, PH_UNKNOWN_COMMAND);
    cr_expect_str_eq(err.message, "unknown command 'restrat'");
    cr_expect_str_eq(err.hint, "did you mean 'restart'?");
}

static void expect_invalid(daemon_t *daemon, const char *command, const ph_writer_t *properties,
                           const char *message)
{
    struct ph_error err;
    cr_assert_null(ph_client_call(daemon_client(daemon), command, properties, 5000, &err));
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, message);
}

Test(commands, properties_that_are_unknown_or_of_the_wrong_type_are_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_writer_destroy) ph_writer_t *wrong_type = ph_writer_new();
    ph_writer_int(wrong_type, "name", 7);
    expect_invalid(daemon, "start", wrong_type,
                   "property 'name' of 'start' must be a text or list of texts");

    ph_cleanup(ph_writer_destroy) ph_writer_t *wrong_list = ph_writer_new();
    ph_writer_array(wrong_list, "name");
    ph_writer_int(wrong_list, NULL, 7);
    ph_writer_end(wrong_list);
    expect_invalid(daemon, "start", wrong_list,
                   "property 'name' of 'start' must be a text or list of texts");

    ph_cleanup(ph_writer_destroy) ph_writer_t *wrong_bool = ph_writer_new();
    ph_writer_string(wrong_bool, "waiting", "yes");
    expect_invalid(daemon, "start", wrong_bool, "property 'waiting' of 'start' must be a boolean");

    ph_cleanup(ph_writer_destroy) ph_writer_t *unknown = ph_writer_new();
    ph_writer_string(unknown, "nmae", "web");
    expect_invalid(daemon, "start", unknown, "'start' has no property 'nmae'");
    expect_invalid(daemon, "plugin.hello", NULL, "property 'name' of 'plugin.hello' is missing");
}

Test(commands, reopen_of_a_watcher_that_is_no_plugin_is_a_conflict)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "reopen", "web", false, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' is not a plugin that runs");
}

/* ---- with and without waiting ---- */

Test(commands, a_stop_without_waiting_answers_while_the_process_still_lives)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    daemon_do(daemon, "stop", "web", false);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopping");
    daemon_wait_status(daemon, "web", "stopped", 5000);
}

Test(commands, a_stop_with_waiting_answers_when_the_process_is_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(commands, a_start_without_waiting_answers_before_a_plugin_is_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HANGING);
    daemon_do(daemon, "start", "hangs", false);
    cr_expect_str_eq(daemon_status(daemon, "hangs").status, "starting");
}

Test(commands, a_start_with_waiting_answers_when_all_run)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    daemon_do(daemon, "start", NULL, true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
    cr_expect_str_eq(daemon_status(daemon, "probe").status, "active");
    cr_expect_str_eq(daemon_status(daemon, "a.b").status, "active");
}

Test(commands, a_restart_with_waiting_answers_when_all_are_replaced)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    daemon_do(daemon, "restart", "web", true);
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "active");
    cr_expect_neq(state.pid, first);
    cr_expect_eq(state.restarts, 0, "nobody died");
}

static void expect_pids(const ph_message_t *reply, const char *key, pid_t pid)
{
    const ph_value_t *info = ph_value_get(ph_message_body(reply), "info");
    const ph_value_t *pids = ph_value_get(info, key);
    cr_expect_eq(ph_value_type(pids), PH_ARRAY, "%s", key);
    cr_expect_eq(ph_value_size(pids), pid > 0, "%s", key);
    cr_expect_eq(ph_value_int(ph_value_at(pids, 0), 0), pid, "%s", key);
}

Test(commands, who_waits_for_one_watcher_is_told_what_became_of_its_processes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    ph_cleanup(ph_message_destroy) ph_message_t *restart =
        daemon_call(daemon, "restart", "{'name': 'web', 'waiting': true}");
    pid_t second = daemon_status(daemon, "web").pid;
    expect_pids(restart, "stopped", first);
    expect_pids(restart, "started", second);
    expect_pids(restart, "kept", 0);
    ph_cleanup(ph_message_destroy) ph_message_t *start =
        daemon_call(daemon, "start", "{'name': ['web'], 'waiting': true}");
    expect_pids(start, "started", 0);
    expect_pids(start, "kept", second);
    ph_cleanup(ph_message_destroy) ph_message_t *stop =
        daemon_call(daemon, "stop", "{'name': 'web', 'waiting': true}");
    expect_pids(stop, "stopped", second);
    ph_cleanup(ph_message_destroy) ph_message_t *all =
        daemon_call(daemon, "start", "{'waiting': true}");
    cr_expect_null(ph_value_get(ph_message_body(all), "info"), "nobody is named");
}

/* ---- names by patterns ---- */

Test(commands, a_pattern_names_all_that_match_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    ph_cleanup(ph_message_destroy) ph_message_t *glob =
        daemon_call(daemon, "start", "{'name': ['W*', 'we?'], 'match': 'glob', 'waiting': true}");
    const ph_value_t *names = ph_value_get(ph_message_body(glob), "watchers");
    cr_expect_eq(ph_value_size(names), 1, "each once");
    cr_expect_str_eq(ph_value_string(ph_value_at(names, 0), ""), "Web");
    ph_cleanup(ph_message_destroy) ph_message_t *regex =
        daemon_call(daemon, "stop", "{'name': 'web|a[.]', 'match': 'regex', 'waiting': true}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(regex), "watchers")), 2);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

static void expect_no_match(daemon_t *daemon, const char *properties, enum ph_code code,
                            const char *text, const char *hint)
{
    struct ph_error err = daemon_call_refused(daemon, "restart", properties);
    cr_expect_eq(err.code, code, "%s", err.message);
    cr_expect_str_eq(err.message, text);
    cr_expect_str_eq(err.hint, hint);
}

Test(commands, a_pattern_that_matches_nothing_or_is_none_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    expect_no_match(daemon, "{'name': 'x*', 'match': 'glob'}", PH_NOT_FOUND,
                    "no watcher matches 'x*' (glob)", "'plughostctl list' shows the names");
    expect_no_match(daemon, "{'name': ['web', 'x'], 'match': 'simple'}", PH_NOT_FOUND,
                    "no watcher matches 'x' (simple)", "'plughostctl list' shows the names");
    expect_no_match(daemon, "{'match': 'glob'}", PH_INVALID,
                    "match needs name, what is to be matched", "");
    expect_no_match(daemon, "{'name': 'web', 'match': 'exact'}", PH_INVALID,
                    "unknown match method exact", "simple, glob or regex");
    expect_no_match(daemon, "{'name': '[', 'match': 'regex'}", PH_INVALID,
                    "'[' is not a regular expression: missing terminating ] for character class "
                    "(behind 1 letters)",
                    "");
}

/* ---- the daemon itself ---- */

Test(commands, dstats_tells_what_the_daemon_uses)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "dstats", "{}");
    const ph_value_t *info = ph_value_get(ph_message_body(reply), "info");
    cr_expect_eq(reply_number(reply, "process"), daemon_pid(daemon));
    cr_expect_eq(ph_value_int(ph_value_get(info, "pid"), 0), daemon_pid(daemon));
    cr_expect_gt(ph_value_int(ph_value_get(info, "rss"), 0), 1000000);
    cr_expect_gt(ph_value_int(ph_value_get(info, "threads"), 0), 1);
}

Test(commands, a_restart_of_what_is_stopped_starts_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    daemon_do(daemon, "restart", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(commands, what_is_done_already_is_answered_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(THREE);
    daemon_do(daemon, "stop", NULL, true);
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "start", "web", true);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
}

Test(commands, a_start_that_cannot_succeed_is_answered_with_the_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = /nowhere/web\nautostart = no\n");
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' is not up but in 'backoff': could not execute "
                                  "'/nowhere/web': No such file or directory");
}

/* ---- several clients ---- */

static void send_waiting(raw_t *client, const char *command, const char *name, int64_t id)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = ph_writer_new();
    ph_writer_int(request, "id", id);
    ph_writer_string(request, "command", command);
    ph_writer_map(request, "properties");
    ph_writer_bool(request, "waiting", true);
    if (name)
        ph_writer_string(request, "name", name);
    ph_writer_end(request);
    raw_send_map(client, request, 0);
}

Test(commands, a_stop_that_a_start_overtakes_is_a_conflict)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_waiting(client, "stop", "web", 1);
    daemon_wait_status(daemon, "web", "stopping", 5000);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, 5000);
    cr_expect_str_eq(reply_text(reply, "code"), "conflict");
    cr_expect(strstr(reply_text(reply, "reason"), "another command came in between"));
    daemon_wait_status(daemon, "web", "active", 5000);
}

Test(commands, a_start_that_a_stop_overtakes_is_a_conflict)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HANGING);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_waiting(client, "start", "hangs", 1);
    daemon_wait_status(daemon, "hangs", "starting", 5000);
    daemon_do(daemon, "stop", "hangs", true);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, 5000);
    cr_expect_str_eq(reply_text(reply, "code"), "conflict");
    cr_expect(strstr(reply_text(reply, "reason"), "another command came in between"));
}

Test(commands, all_who_wait_for_one_watcher_are_answered)
{
    enum { CLIENTS = 20 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    raw_t *clients[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
        send_waiting(clients[i], "stop", "web", i);
    }
    daemon_do(daemon, "ping", NULL, false);
    for (int i = 0; i < CLIENTS; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(clients[i], 5000);
        cr_expect_str_eq(reply_text(reply, "status"), "ok");
        cr_expect_eq(reply_number(reply, "id"), i);
        raw_destroy(&clients[i]);
    }
}

Test(commands, a_client_that_goes_away_while_it_waits_harms_nobody)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_waiting(client, "stop", "web", 1);
    daemon_wait_status(daemon, "web", "stopping", 5000);
    raw_destroy(&client);
    daemon_wait_status(daemon, "web", "stopped", 5000);
    daemon_do(daemon, "start", "web", true);
}

Test(commands, beyond_1024_waiting_commands_the_daemon_says_that_it_is_busy)
{
    enum { LIMIT = 1024 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HANGING);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i <= LIMIT; i++)
        send_waiting(client, "start", "hangs", i);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, 10000);
    cr_expect_str_eq(reply_text(reply, "code"), "busy");
    cr_expect_eq(reply_number(reply, "id"), LIMIT);
    daemon_do(daemon, "ping", NULL, false);
}

/* ---- the end ---- */

Test(commands, quit_ends_the_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(commands, quit_with_waiting_answers_when_all_processes_are_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "quit", NULL, true);
    cr_expect_eq(kill(pid, 0), -1, "process %d is left", (int)pid);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(commands, while_the_daemon_ends_it_answers_but_starts_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    start_stubborn(daemon);
    daemon_do(daemon, "quit", NULL, false);
    daemon_do(daemon, "ping", NULL, false);
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "web", true, &err));
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect_str_eq(err.message, "the daemon ends");
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(commands, who_waits_for_a_start_is_told_when_the_daemon_ends)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HANGING);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_waiting(client, "start", "hangs", 1);
    daemon_wait_status(daemon, "hangs", "starting", 5000);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, 5000);
    cr_expect_str_eq(reply_text(reply, "status"), "error");
}
