/* Reading the configuration again: what changed is used, everything else stays as it is. */
#include <alloc.h>
#include <calls.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <files.h>
#include <played.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

TestSuite(reloadconfig, .timeout = 60);

enum { WAIT_MS = 5000 };

#define WAITING "{'waiting': true}"
#define API "[watcher:api]\ncmd = sleep 1001\n"
#define WEB "[watcher:web]\ncmd = sleep 1000\n"

static void reload(daemon_t *daemon, const char *text)
{
    daemon_rewrite(daemon, text);
    daemon_call_do(daemon, "reloadconfig", WAITING);
}

static pid_t pid_of(daemon_t *daemon, const char *name)
{
    return daemon_status(daemon, name).pid;
}

/* Returns the only process of a watcher once it runs. */
static pid_t await_active(daemon_t *daemon, const char *name)
{
    daemon_wait_status(daemon, name, "active", WAIT_MS);
    return pid_of(daemon, name);
}

static void expect_option(daemon_t *daemon, const char *name, const char *option, const char *json)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': '%s', 'keys': ['%s']}", name, option);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "get", properties);
    ph_cleanup(ph_freep) char *found =
        ph_value_to_json(ph_value_get(ph_value_get(ph_message_body(reply), "options"), option));
    cr_expect_str_eq(found, json, "%s of %s: %s", option, name, found);
}

/* Returns the step of a plan about a watcher; the test fails if there is none. */
static const ph_value_t *find_step(const ph_message_t *plan, const char *name)
{
    const ph_value_t *steps = ph_value_get(ph_message_body(plan), "watchers");
    for (size_t i = 0; i < ph_value_size(steps); i++)
        if (strcmp(ph_value_string(ph_value_get(ph_value_at(steps, i), "name"), ""), name) == 0)
            return ph_value_at(steps, i);
    cr_assert_fail("no step about '%s'", name);
    return NULL;
}

static void expect_step(const ph_message_t *plan, const char *name, const char *action,
                        const char *why)
{
    const ph_value_t *step = find_step(plan, name);
    cr_expect_str_eq(ph_value_string(ph_value_get(step, "action"), ""), action, "%s", name);
    cr_expect_str_eq(ph_value_string(ph_value_get(step, "why"), ""), why, "%s", name);
}

/* ---- what changes, and what does not ---- */

Test(reloadconfig, a_changed_watcher_is_restarted_and_the_others_keep_their_pids)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    reload(daemon, WEB "[watcher:api]\ncmd = sleep 1002\n");
    cr_expect_eq(pid_of(daemon, "web"), web);
    cr_expect_neq(pid_of(daemon, "api"), api);
    expect_option(daemon, "api", "cmd", "\"sleep 1002\"");
}

/* Circus compares only what stands in both files. */
Test(reloadconfig, an_option_that_was_added_or_left_out_counts_as_changed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API "umask = 077\n");
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    reload(daemon, WEB "nice = 5\n" API);
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_neq(pid_of(daemon, "api"), api);
}

Test(reloadconfig, another_way_to_write_the_same_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "copy_env = yes\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, "# a comment\n[watcher:web]\ncopy_env = on\ncmd = 'sleep'  1000\n");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "reloadconfig", WAITING);
    cr_expect_eq(ph_value_int(ph_value_get(ph_message_body(reply), "unchanged"), -1), 1);
    cr_expect_eq(pid_of(daemon, "web"), web);
}

/* It is ready once it can take the signal. */
#define BY_INT                                                                                     \
    "[watcher:web]\nshell = yes\nnotify_fd = 3\nclose_child_stdin = no\ngraceful_timeout = 60\n"   \
    "cmd = trap 'echo by INT; exit' INT; echo >&3; while :; do read x; done\n"

Test(reloadconfig, what_needs_no_restart_is_taken_by_the_process_that_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(BY_INT);
    pid_t web = await_active(daemon, "web");
    reload(daemon, BY_INT "stop_signal = INT\nstdout_stream.filename = @DIR@/web.log\n");
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_option(daemon, "web", "stop_signal", "2");
    daemon_do(daemon, "stop", "web", true);
    free(daemon_wait_file(daemon, "web.log", "by INT\n", WAIT_MS));
}

Test(reloadconfig, a_new_watcher_is_started_and_one_that_is_gone_is_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web");
    reload(daemon, WEB "[watcher:new]\ncmd = sleep 1003\n[watcher:off]\ncmd = x\nautostart = no\n");
    cr_expect_str_eq(daemon_status(daemon, "new").status, "active");
    cr_expect_str_eq(daemon_status(daemon, "off").status, "stopped");
    cr_expect_eq(pid_of(daemon, "web"), web);
    struct ph_error err = daemon_call_refused(daemon, "get", "{'name': 'api', 'keys': ['cmd']}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
}

Test(reloadconfig, another_number_of_processes_leaves_those_that_stay_alone)
{
    pid_t pids[4];
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 2\n");
    await_active(daemon, "web");
    cr_assert_eq(daemon_pids(daemon, "web", pids, 4), 2);
    pid_t first = pids[0], second = pids[1];
    reload(daemon, WEB "numprocesses = 3\n");
    cr_assert_eq(daemon_pids(daemon, "web", pids, 4), 3);
    cr_expect(pids[0] == first && pids[1] == second);
    reload(daemon, WEB);
    daemon_wait_log(daemon, "1 of 1 watchers change", WAIT_MS);
    cr_expect_eq(daemon_pids(daemon, "web", pids, 4), 1);
    cr_expect_eq(pids[0], first);
}

Test(reloadconfig, a_stopped_watcher_stays_stopped_and_starts_with_the_new_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    await_active(daemon, "web");
    daemon_do(daemon, "stop", "web", true);
    reload(daemon, "[watcher:web]\nshell = yes\ncmd = echo the new one; sleep 1000\n");
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    daemon_do(daemon, "start", "web", true);
    daemon_wait_output(daemon, "the new one\n", WAIT_MS);
}

Test(reloadconfig, a_mended_command_is_tried_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = /none/none\n"
                          "max_restarts = 1\nrestart_delay = 0.01\nfailed_retry = 0\n");
    daemon_wait_status(daemon, "web", "failed", WAIT_MS);
    reload(daemon, WEB);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(reloadconfig, variables_of_env_sections_count)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API "[env:w*]\nA = 1\n");
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    reload(daemon, WEB API "[env:w*]\nA = 2\n");
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_eq(pid_of(daemon, "api"), api);
    expect_option(daemon, "web", "env", "{\"A\":\"2\"}");
}

/* ---- processes that inherit sockets ---- */

#define SOCKET "[socket:s]\npath = @DIR@/s\n"

/* Its process serves, and is ready, once DIR/WORD is there. */
#define SERVER(word)                                                                               \
    "[watcher:web]\nshell = yes\nnotify_fd = 9\ncmd = until test -e @DIR@/" word                   \
    "; do sleep 0.02; done; echo >&9; exec @CHILD@ serve $(circus.sockets.s) " word "\n"

/* Returns a connection to DIR/s; the test fails when it is refused. */
static int connect_socket(const daemon_t *daemon)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", daemon_dir(daemon));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0, "refused");
    return fd;
}

/* Connects, and says whether the answer begins with a word. A process that is told to stop may
 * close a connection without an answer. */
static bool is_served_by(const daemon_t *daemon, const char *word)
{
    char text[32] = "";
    ph_cleanup(ph_closep) int fd = connect_socket(daemon);
    struct pollfd item = {.fd = fd, .events = POLLIN};
    cr_assert_gt(poll(&item, 1, WAIT_MS), 0, "nobody serves the client");
    cr_assert_geq(read(fd, text, sizeof text - 1), 0);
    return strncmp(text, word, strlen(word)) == 0;
}

/* The sockets are the daemon's: old and new processes can have them at the same time. */
Test(reloadconfig, processes_that_inherit_sockets_are_replaced_without_a_gap)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SOCKET SERVER("one"));
    daemon_touch(daemon, "one");
    daemon_pass_event(daemon, "watcher.web.ready", WAIT_MS);
    daemon_rewrite(daemon, SOCKET SERVER("two"));
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "reload", "its processes need the new cmd");

    ph_cleanup(raw_destroy) raw_t *client = daemon_send(daemon, "reloadconfig", WAITING);
    daemon_pass_event(daemon, "watcher.web.spawn", WAIT_MS);
    for (int i = 0; i < 5; i++)
        cr_expect(is_served_by(daemon, "one"), "the old one serves until the new one is ready");
    daemon_touch(daemon, "two");
    int64_t deadline = ph_clock_ms() + WAIT_MS;
    while (!is_served_by(daemon, "two"))
        cr_assert_lt(ph_clock_ms(), deadline, "the new process does not serve");
    call_expect_done(client, WAIT_MS);
    cr_expect(is_served_by(daemon, "two"));
}

#define USER(name)                                                                                 \
    "[watcher:" name "]\nuse_sockets = yes\nshell = yes\n"                                         \
    "cmd = echo " name " has $LISTEN_FDNAMES; exec sleep 1000\n"
#define FRESH "[socket:fresh]\npath = @DIR@/fresh\n"
#define NEED_FRESH "its processes need the new socket fresh"

Test(reloadconfig, with_use_sockets_processes_get_those_that_are_opened_later)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SOCKET USER("user") USER("off") "autostart = no\n" API);
    await_active(daemon, "user");
    pid_t api = await_active(daemon, "api");
    daemon_rewrite(daemon, SOCKET FRESH USER("user") USER("off") "autostart = no\n" API);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "user", "reload", NEED_FRESH);
    cr_expect_eq(reply_number(plan, "unchanged"), 2);
    daemon_call_do(daemon, "reloadconfig", WAITING);
    daemon_wait_output(daemon, "user has s:fresh\n", WAIT_MS);
    daemon_do(daemon, "start", "off", true);
    daemon_wait_output(daemon, "off has s:fresh\n", WAIT_MS);
    cr_expect_eq(pid_of(daemon, "api"), api);
}

/* They may listen themselves: two of them could not at a time. */
Test(reloadconfig, those_that_had_no_sockets_before_are_restarted_for_a_new_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(USER("user"));
    await_active(daemon, "user");
    daemon_rewrite(daemon, FRESH "[socket:more]\npath = @DIR@/more\n" USER("user") "nice = 1\n");
    ph_cleanup(ph_message_destroy) ph_message_t *both = daemon_call(daemon, "plan", "{}");
    expect_step(both, "user", "restart", "its processes need the new nice");
    daemon_rewrite(daemon, FRESH "[socket:more]\npath = @DIR@/more\n" USER("user"));
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "user", "restart", "its processes need the new sockets fresh, more");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    daemon_wait_output(daemon, "user has fresh:more\n", WAIT_MS);
}

Test(reloadconfig, what_waits_for_a_connection_waits_at_new_sockets_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[socket:old]\npath = @DIR@/old\n" USER("lazy") "on_demand = yes\n");
    reload(daemon, "[socket:old]\npath = @DIR@/old\n" SOCKET USER("lazy") "on_demand = yes\n");
    cr_expect_str_eq(daemon_status(daemon, "lazy").reason, "waits for a connection");
    ph_cleanup(ph_closep) int client = connect_socket(daemon);
    daemon_wait_output(daemon, "lazy has old:s\n", WAIT_MS);
}

Test(reloadconfig, needs_count_from_then_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    await_active(daemon, "web");
    await_active(daemon, "api");
    reload(daemon, WEB "requires = api\n" API);
    daemon_do(daemon, "stop", NULL, true);
    daemon_do(daemon, "start", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "api").status, "active");
}

#define OFF(name) "[watcher:" name "]\ncmd = sleep 1000\nautostart = no\n"

static void expect_starts(daemon_t *daemon, const char *const *topics)
{
    daemon_do(daemon, "start", NULL, true);
    daemon_expect_order(daemon, topics, WAIT_MS);
    daemon_do(daemon, "stop", NULL, true);
}

Test(reloadconfig, priorities_count_from_then_on)
{
    static const char *const first[] = {"watcher.c.start", "watcher.a.start", "watcher.b.start",
                                        NULL};
    static const char *const last[] = {"watcher.a.start", "watcher.b.start", "watcher.c.start",
                                       NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(OFF("a") OFF("b") OFF("c"));
    reload(daemon, OFF("a") OFF("b") OFF("c") "priority = 5\n");
    expect_starts(daemon, first);
    reload(daemon, OFF("a") "priority = 5\n" OFF("b") OFF("c"));
    expect_starts(daemon, last);
}

Test(reloadconfig, watchers_of_one_priority_keep_their_order_whatever_is_set)
{
    static const char *const topics[] = {"watcher.a.start", "watcher.b.start", "watcher.c.start",
                                         NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(OFF("a") OFF("b") OFF("c"));
    daemon_call_do(daemon, "set", "{'name': 'a', 'options': {'graceful_timeout': 5}}");
    expect_starts(daemon, topics);
    daemon_call_do(daemon, "set", "{'name': 'b', 'options': {'priority': -5}}");
    daemon_call_do(daemon, "set", "{'name': 'b', 'options': {'priority': 0}}");
    expect_starts(daemon, topics);
}

/* ---- watchers that wait for a connection ---- */

#define ON_DEMAND(name)                                                                            \
    "[watcher:" name "]\ncmd = sleep 1000 $(circus.sockets.s)\non_demand = yes\n"
#define HOPELESS(name)                                                                             \
    "[watcher:" name "]\ncmd = @CHILD@ exit 1\nautostart = no\nrestart_delay = 0.01\n"             \
    "max_restarts = 1\nfailed_retry = 0\nstartsecs = 5\n"

Test(reloadconfig, one_that_waits_for_others_and_not_for_a_connection_starts_without_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SOCKET HOPELESS("db") ON_DEMAND("web") "requires = db\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "db", "failed", WAIT_MS);
    cr_expect_str_eq(daemon_status(daemon, "web").reason, "waits for 'db', which is failed");
    reload(daemon, SOCKET HOPELESS("db") ON_DEMAND("web"));
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
}

Test(reloadconfig, one_that_waits_for_a_connection_goes_on_doing_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SOCKET ON_DEMAND("web"));
    reload(daemon, SOCKET ON_DEMAND("web") "nice = 1\n");
    cr_expect_str_eq(daemon_status(daemon, "web").reason, "waits for a connection");
    daemon_rewrite(daemon, SOCKET "[watcher:web]\ncmd = sleep 1000 $(circus.sockets.s)\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "start", "it does not wait for a connection any more");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(reloadconfig, a_new_one_on_demand_is_not_waited_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SOCKET WEB);
    reload(daemon, SOCKET WEB ON_DEMAND("lazy") API);
    cr_expect_str_eq(daemon_status(daemon, "lazy").reason, "waits for a connection");
    cr_expect_str_eq(daemon_status(daemon, "api").status, "active");
}

/* ---- what is under way ---- */

/* Ends when it is asked to once DIR/go is there. */
#define STUBBORN                                                                                   \
    "[watcher:web]\nshell = yes\nnotify_fd = 3\ngraceful_timeout = 60\n"                           \
    "cmd = trap 'test -e @DIR@/go && exit' TERM; echo >&3; while :; do sleep 0.02; done\n"

Test(reloadconfig, a_watcher_in_the_middle_of_a_restart_is_not_called_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    pid_t web = await_active(daemon, "web");
    daemon_do(daemon, "restart", "web", false);
    daemon_rewrite(daemon, STUBBORN "nice = 1\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "nothing", "it is being restarted, and starts with its new options");
    daemon_call_do(daemon, "reloadconfig", "{}");
    daemon_touch(daemon, "go");
    cr_assert_eq(kill(web, SIGKILL), 0);
    cr_expect_neq(await_active(daemon, "web"), web);
    ph_cleanup(ph_message_destroy) ph_message_t *rest = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(reply_number(rest, "unchanged"), 1);
}

Test(reloadconfig, a_plan_tells_that_the_watcher_of_that_name_is_not_gone_yet)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    pid_t web = await_active(daemon, "web");
    daemon_do(daemon, "rm", "web", false);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "start",
                "it is new, but cannot be added yet: the 'web' that was removed is still being "
                "stopped");
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", "{}");
    cr_expect_str_eq(err.message, "the 'web' that was removed is still being stopped");
    daemon_touch(daemon, "go");
    cr_assert_eq(kill(web, SIGKILL), 0);
}

/* ---- what commands have changed ---- */

Test(reloadconfig, what_a_command_has_set_stays_until_the_file_says_it_anew)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 1\n");
    await_active(daemon, "web");
    daemon_call_do(daemon, "incr", "{'name': 'web', 'waiting': true}");
    daemon_call_do(daemon, "set", "{'name': 'web', 'options': {'graceful_timeout': 7}}");
    reload(daemon, WEB "numprocesses = 1\nstop_signal = INT\n");
    expect_option(daemon, "web", "numprocesses", "2");
    expect_option(daemon, "web", "graceful_timeout", "7");
    reload(daemon, WEB "numprocesses = 3\ngraceful_timeout = 8\n");
    expect_option(daemon, "web", "numprocesses", "3");
    expect_option(daemon, "web", "graceful_timeout", "8");
}

/* A plugin has no option of that name: it would take it for one of its own, and refuse to start. */
Test(reloadconfig, the_number_of_a_plugin_stays_and_is_none_of_its_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("[plugin:workshop]\nneeded = a\n");
    await_active(daemon, "plugin:workshop");
    daemon_call_do(daemon, "decr", "{'name': 'workshop', 'waiting': true}");
    reload(daemon, "[plugin:workshop]\nneeded = b\n");
    cr_expect_eq(daemon_status(daemon, "plugin:workshop").running, 0);
    daemon_call_do(daemon, "incr", "{'name': 'workshop', 'waiting': true}");
    cr_expect_eq(daemon_status(daemon, "plugin:workshop").running, 1);
    expect_option(daemon, "workshop", "needed", "\"b\"");
}

Test(reloadconfig, a_watcher_that_a_command_has_added_stays)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_call_do(daemon, "add", "{'name': 'extra', 'cmd': 'sleep 1004', 'start': true}");
    pid_t extra = await_active(daemon, "extra");
    reload(daemon, WEB "nice = 1\n");
    cr_expect_eq(pid_of(daemon, "extra"), extra);
    reload(daemon, WEB "nice = 1\n[watcher:extra]\ncmd = sleep 1005\n");
    expect_option(daemon, "extra", "cmd", "\"sleep 1005\"");
    reload(daemon, WEB "nice = 1\n");
    cr_expect_eq(daemon_call_refused(daemon, "options", "{'name': 'extra'}").code, PH_NOT_FOUND);
}

/* ---- plugins ---- */

#define HANDLES ", 'handles': ['reconfigure']"

Test(reloadconfig, a_plugin_that_can_is_told_its_new_options)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, HANDLES);
    played_ready(plugin);
    daemon_rewrite(daemon, PLAYED "colour = blue\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "plugin:played", "signal",
                "the plugin takes new options while it runs: colour");
    daemon_call_do(daemon, "reloadconfig", "{}");
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(plugin, "reconfigure");
    ph_cleanup(ph_freep) char *told =
        ph_value_to_json(ph_value_get(ph_message_body(request), "properties"));
    cr_expect_str_eq(told, "{\"options\":{\"colour\":\"blue\"}}");
    played_answer(plugin, reply_number(request, "id"), 0);
    raw_expect_pong(plugin);
    cr_expect_eq(pid_of(daemon, "plugin:played"), played_pid(played));
}

Test(reloadconfig, a_plugin_that_refuses_them_is_restarted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "colour = red\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, HANDLES);
    played_ready(plugin);
    reload(daemon, PLAYED "colour = blue\n");
    played_refuse(plugin, played_take_id(plugin, "reconfigure"), "invalid", "blue is no colour");
    played_take_id(plugin, "stop");
    daemon_wait_log(daemon, "blue is no colour; it is restarted", WAIT_MS);
    played_renew(played);
    cr_expect_str_eq(played_option(played, "colour"), "blue");
}

/* ---- nothing is done by halves ---- */

static void expect_refused(daemon_t *daemon, const char *text, const char *reason)
{
    daemon_rewrite(daemon, text);
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect(strstr(err.message, reason), "'%s' instead of '%s'", err.message, reason);
}

Test(reloadconfig, a_bad_file_changes_nothing_and_every_mistake_is_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    pid_t web = await_active(daemon, "web");
    expect_refused(daemon, "[watcher:web]\ncmd = sleep 1\nnumproceses = 2\n[watchr:x]\n",
                   "plughost.ini:6: unknown option 'numproceses', and 1 more; nothing was changed");
    daemon_wait_log(daemon, "plughost.ini:7: unknown section [watchr:x]", WAIT_MS);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    ph_cleanup(ph_freep) char *problems =
        ph_value_to_json(ph_value_get(ph_message_body(plan), "problems"));
    cr_expect(strstr(problems, "\"line\":6,\"reason\":\"unknown option 'numproceses'\","
                               "\"hint\":\"did you mean 'numprocesses'?\""),
              "%s", problems);
    cr_expect(strstr(problems, "\"line\":7,\"reason\":\"unknown section [watchr:x]\""), "%s",
              problems);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_option(daemon, "web", "cmd", "\"sleep 1000\"");
}

Test(reloadconfig, a_file_that_is_gone_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    pid_t web = await_active(daemon, "web");
    daemon_remove(daemon, "plughost.ini");
    struct ph_error err = daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect(strstr(err.message, "cannot open the configuration: No such file"), "%s",
              err.message);
    cr_expect_eq(pid_of(daemon, "web"), web);
}

Test(reloadconfig, output_that_cannot_be_opened_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    expect_refused(daemon,
                   "[watcher:web]\ncmd = sleep 7\n" API "stdout_stream.filename = /none/none\n",
                   "stdout of 'api': cannot open '/none/none'");
    expect_refused(daemon,
                   "[watcher:web]\ncmd = sleep 7\n[watcher:a]\ncmd = x\n"
                   "[watcher:b]\ncmd = x\nstdout_stream.filename = /none/none\n",
                   "stdout of 'b': cannot open '/none/none'");
    cr_expect_eq(pid_of(daemon, "web"), web);
    cr_expect_eq(pid_of(daemon, "api"), api);
    cr_expect_eq(daemon_call_refused(daemon, "options", "{'name': 'a'}").code, PH_NOT_FOUND);
    reload(daemon, WEB API "[watcher:a]\ncmd = sleep 1006\n");
    cr_expect_str_eq(daemon_status(daemon, "a").status, "active");
}

/* ---- sockets, and the daemon itself ---- */

Test(reloadconfig, a_new_socket_is_opened_for_those_that_name_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    reload(daemon, WEB "[socket:fresh]\npath = @DIR@/fresh\n[watcher:user]\nshell = yes\n"
                       "cmd = echo has $(circus.sockets.fresh); sleep 1000\n");
    daemon_wait_output(daemon, "has 3\n", WAIT_MS);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(plan), "sockets")), 0);
}

Test(reloadconfig, a_socket_that_cannot_be_opened_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    expect_refused(daemon,
                   WEB "[socket:one]\npath = @DIR@/one\n[socket:two]\npath = /none/none/two\n",
                   "cannot open socket 'two'");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "listsockets", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(reply), "sockets")), 0);
    reload(daemon, WEB "[socket:one]\npath = @DIR@/one\n");
}

Test(reloadconfig, what_only_a_start_of_the_daemon_changes_is_told_each_time)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[socket:s]\npath = @DIR@/s\n");
    daemon_rewrite(daemon,
                   "publish_rate = 5\nwarmup_delay = 0.5\n[socket:s]\npath = @DIR@/t\n" WEB);
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            daemon_call(daemon, "reloadconfig", WAITING);
        ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(reply));
        cr_expect(strstr(json, "{\"option\":\"publish_rate\",\"from\":\"0\",\"to\":\"5\","
                               "\"needs\":\"daemon\"}"),
                  "%s", json);
        cr_expect(
            strstr(json,
                   "{\"name\":\"s\",\"action\":\"daemon\",\"why\":\"path changed\",\"changes\":["),
            "%s", json);
        cr_expect_eq(strstr(json, "warmup_delay") != NULL, i == 0, "%s", json);
    }
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "globaloptions", "{}");
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(reply));
    cr_expect(strstr(json, "\"warmup_delay\":0.5,"), "%s", json);
    cr_expect(strstr(json, "\"publish_rate\":0,"), "%s", json);
}

/* ---- plan and apply ---- */

Test(reloadconfig, a_plan_tells_what_would_be_done_to_each_watcher_and_does_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB API "[watcher:quiet]\ncmd = x\nautostart = no\n");
    pid_t api = await_active(daemon, "api");
    await_active(daemon, "web");
    daemon_rewrite(daemon, WEB "numprocesses = 3\nstartsecs = 1\n[watcher:quiet]\ncmd = y\n"
                               "autostart = no\n[watcher:new]\ncmd = sleep 1\n");
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, "web", "start", "2 processes more");
    expect_step(plan, "api", "stop", "the configuration does not have it any more");
    expect_step(plan, "quiet", "nothing", "it is stopped, and stays so");
    expect_step(plan, "new", "start", "it is new");
    ph_cleanup(ph_freep) char *changes =
        ph_value_to_json(ph_value_get(find_step(plan, "web"), "changes"));
    cr_expect_str_eq(
        changes, "[{\"option\":\"numprocesses\",\"from\":\"1\",\"to\":\"3\",\"needs\":\"nothing\"},"
                 "{\"option\":\"startsecs\",\"from\":\"0\",\"to\":\"1\",\"needs\":\"nothing\"}]");
    cr_expect_eq(pid_of(daemon, "api"), api);
    expect_option(daemon, "web", "numprocesses", "1");
}

static char *plan_of(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    return ph_strdup(reply_text(plan, "plan"));
}

Test(reloadconfig, apply_does_what_the_plan_said_or_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB API);
    pid_t web = await_active(daemon, "web"), api = await_active(daemon, "api");
    daemon_rewrite(daemon, WEB "nice = 3\n" API);
    ph_cleanup(ph_freep) char *plan = plan_of(daemon);
    ph_cleanup(ph_freep) char *apply = ph_format("{'plan': '%s', 'waiting': true}", plan);

    daemon_rewrite(daemon, WEB "nice = 3\n" API "nice = 3\n");
    struct ph_error err = daemon_call_refused(daemon, "apply", apply);
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect(strstr(err.message, "is out of date"), "%s", err.message);
    cr_expect_eq(pid_of(daemon, "web"), web);

    daemon_rewrite(daemon, WEB "nice = 3\n" API);
    daemon_call_do(daemon, "apply", apply);
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_eq(pid_of(daemon, "api"), api);
    daemon_call_refused(daemon, "apply", apply);
}

Test(reloadconfig, a_plan_is_out_of_date_when_a_watcher_has_changed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    await_active(daemon, "web");
    daemon_rewrite(daemon, WEB "nice = 3\n");
    ph_cleanup(ph_freep) char *plan = plan_of(daemon);
    ph_cleanup(ph_freep) char *apply = ph_format("{'plan': '%s'}", plan);
    daemon_do(daemon, "stop", "web", true);
    daemon_call_refused(daemon, "apply", apply);
}

Test(reloadconfig, the_daemon_tells_that_it_has_read_its_configuration_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    await_active(daemon, "web");
    reload(daemon, "[watcher:web]\ncmd = sleep 1000\nstop_signal = INT\n");
    ph_cleanup(ph_event_destroy) ph_event_t *updated =
        daemon_wait_event(daemon, "watcher.web.updated", WAIT_MS);
    cr_expect_str_eq(event_text(updated, "option"), "stop_signal");
    cr_expect_str_eq(event_text(updated, "value"), "INT");
    ph_cleanup(ph_event_destroy) ph_event_t *done =
        daemon_wait_event(daemon, "plughost.reload", WAIT_MS);
    cr_expect_eq(event_number(done, "changed"), 1);
    cr_expect(strstr(event_text(done, "reason"), "command 'reloadconfig'"));
}

/* ---- of the daemon ---- */

static char *settings_json(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "config", "{'action': 'show', 'name': 'web'}");
    return ph_value_to_json(ph_value_get(ph_message_body(reply), "settings"));
}

Test(reloadconfig, settings_are_known_by_the_lines_they_stand_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("warmup_delay = 0\non_sighup = reopen\numask = 22\n" WEB);
    reload(daemon, "# a line more\nwarmup_delay = 0.1\numask = 27\n" WEB);
    ph_cleanup(ph_freep) char *json = settings_json(daemon);
    ph_cleanup(ph_freep) char *place =
        ph_format("{\"option\":\"warmup_delay\",\"value\":\"0.1\",\"file\":\"%s\",\"line\":5}",
                  daemon_config(daemon));
    cr_expect(strstr(json, place), "%s", json);
    cr_expect_not(strstr(json, "\"option\":\"on_sighup\""), "%s", json);
    cr_expect(strstr(json, "\"option\":\"umask\",\"value\":\"22\""), "%s", json);
}

Test(reloadconfig, another_overlay_is_taken)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    reload(daemon, "overlay = @DIR@/saved\n" WEB);
    daemon_call_do(daemon, "set", "{'name': 'web', 'save': true, 'options': {'nice': 1}}");
    free(daemon_wait_file(daemon, "saved", "\n[watcher:web]\nnice = 1\n", WAIT_MS));
}

/* ---- links ---- */

static void link_anew(const char *target, const char *path)
{
    ph_cleanup(ph_freep) char *next = ph_format("%s.link", path);
    cr_assert_eq(symlink(target, next), 0);
    cr_assert_eq(rename(next, path), 0);
}

Test(reloadconfig, a_link_that_was_moved_is_followed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(WEB "numprocesses = 1\n");
    ph_cleanup(ph_freep) char *first = daemon_path(daemon, "first.ini");
    ph_cleanup(ph_freep) char *second = daemon_path(daemon, "second.ini");
    ph_cleanup(ph_freep) char *text = file_read(daemon_config(daemon));
    ph_cleanup(ph_freep) char *other = text_replace(text, "numprocesses = 1", "numprocesses = 2");
    file_write(second, other);
    cr_assert_eq(rename(daemon_config(daemon), first), 0);
    link_anew("first.ini", daemon_config(daemon));
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    expect_option(daemon, "web", "numprocesses", "1");
    link_anew("second.ini", daemon_config(daemon));
    daemon_call_do(daemon, "reloadconfig", WAITING);
    expect_option(daemon, "web", "numprocesses", "2");
}

/* ---- options that no process has yet ---- */

static void expect_planned(daemon_t *daemon, const char *name, const char *action, const char *why)
{
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    expect_step(plan, name, action, why);
}

Test(reloadconfig, a_restart_that_a_hook_prevents_is_still_to_be_done)
{
#define HELD "hooks.before_stop = false\n"
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB HELD);
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, "[watcher:web]\ncmd = sleep 7\n" HELD);
    daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_planned(daemon, "web", "restart", "its processes still run with options of before");
    reload(daemon, "[watcher:web]\ncmd = sleep 7\nhooks.before_stop = true\n");
    cr_expect_neq(pid_of(daemon, "web"), web);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(plan), "watchers")), 0);
}

#define SHARED "[socket:s]\npath = @DIR@/s\n[watcher:web]\nuse_sockets = yes\n"

Test(reloadconfig, successors_that_do_not_come_up_are_still_to_come)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SHARED "startsecs = 0.3\ncmd = sleep 1000\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, SHARED "startsecs = 0.3\ncmd = false\n");
    daemon_call_refused(daemon, "reloadconfig", WAITING);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_planned(daemon, "web", "reload", "its processes still run with options of before");
}

Test(reloadconfig, more_processes_and_another_command_come_together)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(SHARED "warmup_delay = 0.1\ncmd = sleep 1000\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, SHARED "warmup_delay = 0.1\ncmd = sleep 1001\nnumprocesses = 3\n");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    pid_t pids[8];
    cr_expect_eq(daemon_pids(daemon, "web", pids, 8), 3);
    for (size_t i = 0; i < 3; i++)
        cr_expect_neq(pids[i], web);
    ph_cleanup(ph_message_destroy) ph_message_t *plan = daemon_call(daemon, "plan", "{}");
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(plan), "watchers")), 0);
}

/* ---- those that others take along ---- */

Test(reloadconfig, a_plan_tells_of_those_that_are_restarted_along)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:db]\ncmd = sleep 1000\n[watcher:web]\ncmd = sleep 1001\n"
                          "requires = db\n[watcher:top]\ncmd = sleep 1002\nrequires = web\n");
    daemon_do(daemon, "start", NULL, true);
    pid_t web = pid_of(daemon, "web"), top = pid_of(daemon, "top");
    daemon_rewrite(daemon, "[watcher:db]\ncmd = sleep 2000\n[watcher:web]\ncmd = sleep 1001\n"
                           "requires = db\n[watcher:top]\ncmd = sleep 1002\nrequires = web\n");
    expect_planned(daemon, "web", "restart", "'db', which it requires, is restarted");
    expect_planned(daemon, "top", "restart", "'web', which it requires, is restarted");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_neq(pid_of(daemon, "web"), web);
    cr_expect_neq(pid_of(daemon, "top"), top);
}

Test(reloadconfig, a_plan_tells_of_those_that_a_new_watcher_starts)
{
#define DB "[watcher:db]\ncmd = sleep 1000\nautostart = no\n"
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(DB);
    daemon_rewrite(daemon, DB "[watcher:web]\ncmd = sleep 1001\nrequires = db\n");
    expect_planned(daemon, "db", "start", "'web', which starts, needs it");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_str_eq(daemon_status(daemon, "db").status, "active");
}

Test(reloadconfig, a_plan_is_out_of_date_when_a_new_socket_is_another_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_rewrite(daemon, WEB "[socket:s]\npath = @DIR@/one\n");
    ph_cleanup(ph_freep) char *plan = plan_of(daemon);
    ph_cleanup(ph_freep) char *apply = ph_format("{'plan': '%s'}", plan);
    daemon_rewrite(daemon, WEB "[socket:s]\npath = @DIR@/two\n");
    daemon_call_refused(daemon, "apply", apply);
}

/* ---- what is nobody's ---- */

/* `add` said all of it. */
Test(reloadconfig, variables_of_the_file_are_not_for_watchers_of_commands)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "[env:*]\nA = 1\n");
    daemon_call_do(daemon, "add", "{'name': 'extra', 'cmd': 'sleep 1004', 'start': true}");
    pid_t extra = await_active(daemon, "extra");
    reload(daemon, WEB "[env:*]\nA = 1\n");
    cr_expect_eq(pid_of(daemon, "extra"), extra);
}

Test(reloadconfig, a_label_changes_nothing_and_is_shown_with_its_whole_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "label.numprocesses = 1\n");
    pid_t web = await_active(daemon, "web");
    daemon_rewrite(daemon, WEB "label.numprocesses = 7\nlabel.cmd = x\n");
    expect_planned(daemon, "web", "nothing", "taken while it runs: label.numprocesses, label.cmd");
    daemon_call_do(daemon, "reloadconfig", WAITING);
    cr_expect_eq(pid_of(daemon, "web"), web);
    expect_option(daemon, "web", "label.numprocesses", "\"7\"");
    expect_option(daemon, "web", "cmd", "\"sleep 1000\"");
}

/* It has agreed to one option; the file has changed another one in between. */
Test(reloadconfig, what_a_plugin_agrees_to_leaves_its_other_options_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED "a = 1\nb = 1\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, HANDLES);
    played_ready(plugin);
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "set", "{'name': 'played', 'options': {'a': 2}}");
    int64_t id = played_take_id(plugin, "reconfigure");
    daemon_rewrite(daemon, PLAYED "a = 1\nb = 2\n");
    daemon_call_do(daemon, "reloadconfig", "{}");
    played_answer(plugin, id, 0);
    call_expect_done(caller, WAIT_MS);
    expect_option(daemon, "plugin:played", "a", "\"2\"");
    expect_option(daemon, "plugin:played", "b", "\"2\"");
}
