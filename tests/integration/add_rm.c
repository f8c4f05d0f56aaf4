/* Watchers that come and go while the daemon runs. */
#include <alloc.h>
#include <calls.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(add_rm, .timeout = 60);

#define WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"
#define STUBBORN                                                                                   \
    "[watcher:web]\nshell = yes\nautostart = no\nnotify_fd = 3\ngraceful_timeout = 0.3\n"          \
    "cmd = trap '' TERM; echo >&3; while :; do sleep 0.02; done\n"

/* In properties @CHILD@ and @DIR@ stand for what they stand for in a configuration. */
static char *fill_in(daemon_t *daemon, const char *properties)
{
    ph_cleanup(ph_freep) char *with_child = text_replace(properties, "@CHILD@", TEST_CHILD);
    return text_replace(with_child, "@DIR@", daemon_dir(daemon));
}

static void add(daemon_t *daemon, const char *properties)
{
    ph_cleanup(ph_freep) char *filled = fill_in(daemon, properties);
    daemon_call_do(daemon, "add", filled);
}

static struct ph_error add_refused(daemon_t *daemon, const char *properties)
{
    ph_cleanup(ph_freep) char *filled = fill_in(daemon, properties);
    return daemon_call_refused(daemon, "add", filled);
}

static int64_t count_watchers(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "numwatchers", "{}");
    return reply_number(reply, "numwatchers");
}

static void expect_status(daemon_t *daemon, const char *name, const char *status)
{
    struct watcher_state state = daemon_status(daemon, name);
    cr_expect_str_eq(state.status, status, "'%s' is '%s': %s", name, state.status, state.reason);
}

/* ---- add ---- */

Test(add_rm, add_makes_a_watcher_that_is_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    ph_cleanup(ph_freep) char *properties =
        fill_in(daemon, "{'name': 'Fresh', 'cmd': '@CHILD@ run'}");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "add", properties);
    cr_expect_str_eq(reply_text(reply, "name"), "Fresh");
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.fresh.add", 5000);
    ph_cleanup(ph_freep) char *reason =
        ph_format("command 'add' from uid %d pid %d", (int)getuid(), (int)getpid());
    cr_expect_str_eq(event_text(event, "reason"), reason);
    cr_expect_eq(count_watchers(daemon), 2);
    expect_status(daemon, "fresh", "stopped");
    daemon_do(daemon, "start", "fresh", true);
    expect_status(daemon, "fresh", "active");
}

Test(add_rm, add_with_start_and_waiting_answers_when_it_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    add(daemon, "{'name': 'fresh', 'cmd': '@CHILD@ run', 'start': true, 'waiting': true, "
                "'options': {'startsecs': 0.2, 'numprocesses': 3}}");
    cr_expect_eq(daemon_status(daemon, "fresh").running, 3);
    expect_status(daemon, "web", "stopped");
}

Test(add_rm, add_takes_options_as_texts_numbers_and_booleans)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    add(daemon,
        "{'name': 'fresh', 'cmd': 'echo $WHAT $0 > @DIR@/said.new; mv @DIR@/said.new @DIR@/said; "
        "exec sleep 1000', 'start': true, 'options': {'shell': true, 'env': 'WHAT=hello', "
        "'numprocesses': 1, 'graceful_timeout': 0.5, 'respawn': 'no', 'shell_args': 'world'}}");
    ph_cleanup(ph_freep) char *said = daemon_wait_file(daemon, "said", "\n", 5000);
    cr_expect_str_eq(said, "hello world\n");
    daemon_wait_status(daemon, "fresh", "active", 5000);
    cr_assert_eq(kill(daemon_status(daemon, "fresh").pid, SIGKILL), 0);
    daemon_wait_status(daemon, "fresh", "stopped", 5000);
}

Test(add_rm, add_takes_args_as_a_list_of_words_or_as_a_text)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    add(daemon, "{'name': 'a', 'cmd': '@CHILD@ arguments @DIR@/a one', 'start': true, "
                "'args': ['two words', 'back\\\\slash', '', 'a $(plughost.wid)']}");
    ph_cleanup(ph_freep) char *list = daemon_wait_file(daemon, "a", "\n", 5000);
    cr_expect_str_eq(list, "one\ntwo words\nback\\slash\n\na 1\n");
    add(daemon, "{'name': 'b', 'cmd': '@CHILD@ arguments @DIR@/b', 'start': true, "
                "'args': 'one two\\\\ three'}");
    ph_cleanup(ph_freep) char *text = daemon_wait_file(daemon, "b", "\n", 5000);
    cr_expect_str_eq(text, "one\ntwo three\n");
}

Test(add_rm, what_was_added_is_supervised_like_any_other)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    add(daemon, "{'name': 'fresh', 'cmd': '@CHILD@ run', 'start': true, 'waiting': true}");
    pid_t first = daemon_wait_started(daemon, "fresh", 5000);
    cr_assert_eq(kill(first, SIGKILL), 0);
    cr_expect_neq(daemon_wait_started(daemon, "fresh", 5000), first);
    cr_expect_eq(daemon_status(daemon, "fresh").restarts, 1);
}

Test(add_rm, what_was_added_can_need_others)
{
    static const char *const order[] = {"watcher.web.ready", "watcher.fresh.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "startsecs = 0.2\n");
    add(daemon, "{'name': 'fresh', 'cmd': '@CHILD@ run', 'start': true, 'waiting': true, "
                "'options': {'requires': 'web'}}");
    daemon_expect_order(daemon, order, 5000);
    daemon_do(daemon, "stop", "web", true);
    expect_status(daemon, "fresh", "stopped");
}

Test(add_rm, add_with_start_of_what_cannot_run_is_answered_with_the_reason_and_it_stays)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    struct ph_error err = add_refused(
        daemon, "{'name': 'fresh', 'cmd': '/nowhere/fresh', 'start': true, 'waiting': true}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'fresh' is not up but in 'backoff': could not execute "
                                  "'/nowhere/fresh': No such file or directory");
    expect_status(daemon, "fresh", "backoff");
}

Test(add_rm, a_name_that_is_there_already_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    struct ph_error err = add_refused(daemon, "{'name': 'WEB', 'cmd': '@CHILD@ run'}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "a watcher is named 'web' already");
    cr_expect_eq(count_watchers(daemon), 1);
}

Test(add_rm, what_a_configuration_is_refused_for_is_refused_here_too)
{
    static const char *const wrong[][2] = {
        {"{'name': 'a', 'cmd': 'x', 'options': {'numproceses': 2}}", "numproceses"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'numprocesses': 'two'}}", "numprocesses = two"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'numprocesses': -1}}", "numprocesses = -1"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'stop_signal': 'FOO'}}", "stop_signal = FOO"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'requires': 'nobody'}}",
         "requires = nobody: there is no such watcher"},
        {"{'name': 'a', 'cmd': '$(circus.sockets.none)'}", "none"},
        {"{'name': 'a b', 'cmd': 'x'}", "a b"},
        {"{'name': '', 'cmd': 'x'}", "name"},
        {"{'name': 'a', 'cmd': ''}", "cmd"},
        {"{'name': 'a', 'cmd': 'x \\\"y'}", "cmd"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'cmd': 'y'}}",
         "'cmd' stands beside the options, not in them"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'env': [['A=1']]}}",
         "option 'env' must be a line of text, a number or a boolean"},
        {"{'name': 'a', 'cmd': 'x', 'options': {'env': 'A=1\\nuid = 0'}}",
         "option 'env' must be a line of text, a number or a boolean"},
    };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ph_error err = daemon_call_refused(daemon, "add", wrong[i][0]);
        cr_expect(err.code == PH_INVALID || err.code == PH_NOT_FOUND, "%s: %s", wrong[i][0],
                  err.message);
        cr_expect(strstr(err.message, wrong[i][1]), "%s: '%s' instead of '%s'", wrong[i][0],
                  err.message, wrong[i][1]);
    }
    cr_expect_eq(count_watchers(daemon), 1);
    struct ph_error err = daemon_call_refused(daemon, "add", "{'name': 'a'}");
    cr_expect_str_eq(err.message, "property 'cmd' of 'add' is missing");
}

/* ---- rm ---- */

Test(add_rm, rm_stops_the_processes_and_forgets_the_watcher)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_closep) int process = process_open(daemon_status(daemon, "web").pid);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "rm", "{'name': 'Web', 'waiting': true}");
    cr_expect_str_eq(reply_text(reply, "name"), "web");
    cr_expect(process_wait_gone(process, 0));
    cr_expect_eq(count_watchers(daemon), 0);
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "status", "web", false, &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.web.remove", 5000);
    cr_expect(strstr(event_text(event, "reason"), "command 'rm' from uid "));
}

Test(add_rm, rm_with_waiting_answers_when_a_stubborn_process_is_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_closep) int process = process_open(daemon_status(daemon, "web").pid);
    daemon_call_do(daemon, "rm", "{'name': 'web', 'waiting': true}");
    cr_expect(process_wait_gone(process, 0));
}

Test(add_rm, rm_without_waiting_answers_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_closep) int process = process_open(daemon_status(daemon, "web").pid);
    daemon_call_do(daemon, "rm", "{'name': 'web'}");
    cr_expect(!process_wait_gone(process, 0));
    cr_expect_eq(count_watchers(daemon), 0);
    cr_expect(process_wait_gone(process, 5000));
}

static void expect_rm(const char *options, const char *status)
{
    ph_cleanup(ph_freep) char *text = ph_format("[watcher:web]\nautostart = no\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", status, 5000);
    daemon_call_do(daemon, "rm", "{'name': 'web', 'waiting': true}");
    cr_expect_eq(count_watchers(daemon), 0);
}

Test(add_rm, rm_works_in_every_state)
{
    expect_rm("cmd = @CHILD@ run\nstartsecs = 600\n", "starting");
    expect_rm("cmd = @CHILD@ run\nnumprocesses = 5\nwarmup_delay = 600\n", "starting");
    expect_rm("cmd = @CHILD@ run\nhooks.before_start = sleep 600\n", "starting");
    expect_rm("cmd = @CHILD@ run\nhooks.before_spawn = sleep 600\n", "starting");
    expect_rm("cmd = /nowhere/web\nrestart_delay = 600\nrestart_delay_max = 600\n", "backoff");
    expect_rm("cmd = /nowhere/web\nrestart_delay = 0.01\nmax_restarts = 1\n", "failed");
}

Test(add_rm, the_daemon_ends_while_a_removed_one_still_stops)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_closep) int process = process_open(daemon_status(daemon, "web").pid);
    daemon_call_do(daemon, "rm", "{'name': 'web'}");
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    cr_expect(process_wait_gone(process, 0));
}

Test(add_rm, rm_in_the_middle_of_a_reload_ends_old_and_new)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "startsecs = 0.2\n");
    daemon_do(daemon, "start", "web", true);
    daemon_pass_event(daemon, "watcher.web.ready", 5000);
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "reload", "{'name': 'web', 'waiting': true}");
    daemon_pass_event(daemon, "watcher.web.spawn", 5000);
    daemon_call_do(daemon, "rm", "{'name': 'web', 'waiting': true}");
    call_expect_refused(client, "'web'", 5000);
    daemon_call_do(daemon, "quit", "{'waiting': true}");
}

Test(add_rm, rm_of_what_is_stopped_is_done_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_call_do(daemon, "rm", "{'name': 'web', 'waiting': true}");
    cr_expect_eq(count_watchers(daemon), 0);
}

Test(add_rm, who_waits_for_the_start_of_what_is_removed_is_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "startsecs = 600\n");
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "start", "{'name': 'web', 'waiting': true}");
    daemon_wait_status(daemon, "web", "starting", 5000);
    daemon_call_do(daemon, "rm", "{'name': 'web'}");
    call_expect_refused(client, "'web'", 5000);
}

Test(add_rm, what_only_wants_the_one_that_is_removed_goes_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        WEB "startsecs = 600\n[watcher:app]\ncmd = @CHILD@ run\nwants = web\nautostart = no\n");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_call_do(daemon, "rm", "{'name': 'web', 'waiting': true}");
    daemon_do(daemon, "ping", NULL, false);
    daemon_wait_status(daemon, "app", "active", 5000);
}

Test(add_rm, rm_of_an_unknown_name_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    struct ph_error err = daemon_call_refused(daemon, "rm", "{'name': 'wbe'}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "no watcher is named 'wbe'");
    cr_expect_str_eq(err.hint, "did you mean 'web'?");
    err = daemon_call_refused(daemon, "rm", "{}");
    cr_expect_str_eq(err.message, "property 'name' of 'rm' is missing");
}

/* ---- rm with nostop ---- */

Test(add_rm, with_nostop_the_processes_run_on_and_end_with_the_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB "numprocesses = 2\n");
    daemon_do(daemon, "start", "web", true);
    pid_t pids[2];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 2), 2);
    ph_cleanup(ph_closep) int first = process_open(pids[0]);
    ph_cleanup(ph_closep) int second = process_open(pids[1]);
    daemon_call_do(daemon, "rm", "{'name': 'web', 'nostop': true, 'waiting': true}");
    cr_expect_eq(count_watchers(daemon), 0);
    cr_expect(!process_wait_gone(first, 200));
    cr_expect(!process_wait_gone(second, 0));
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    cr_expect(process_wait_gone(first, 0));
    cr_expect(process_wait_gone(second, 0));
}

Test(add_rm, with_nostop_a_process_that_dies_is_not_restarted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_call_do(daemon, "rm", "{'name': 'web', 'nostop': true}");
    cr_assert_eq(kill(pid, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    cr_expect_eq((pid_t)event_number(reap, "process_pid"), pid);
    /* A successor would be there before the next watcher of that name. */
    add(daemon, "{'name': 'web', 'cmd': '@CHILD@ run', 'start': true, 'waiting': true}");
    ph_cleanup(ph_freep) char *actions =
        daemon_actions_until(daemon, "watcher.web.", "watcher.web.spawn", 5000);
    cr_expect(strstr(actions, "add start spawn"), "%s", actions);
}

Test(add_rm, with_nostop_the_name_is_free_for_another_watcher)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_call_do(daemon, "rm", "{'name': 'web', 'nostop': true}");
    add(daemon, "{'name': 'web', 'cmd': '@CHILD@ run', 'start': true, 'waiting': true}");
    cr_expect_neq(daemon_status(daemon, "web").pid, old);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_eq(kill(old, 0), 0, "the old one is not touched");
}

Test(add_rm, a_hundred_that_come_and_go_leave_nothing_behind)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    size_t before = 0;
    for (int i = 0; i < 100; i++) {
        add(daemon, "{'name': 'fresh', 'cmd': '@CHILD@ run', 'start': true, 'waiting': true}");
        daemon_call_do(daemon, "rm", "{'name': 'fresh', 'waiting': true}");
        if (i == 0)
            before = process_descriptors(daemon_pid(daemon));
    }
    cr_expect_leq(process_descriptors(daemon_pid(daemon)), before);
    cr_expect_eq(count_watchers(daemon), 1);
}
