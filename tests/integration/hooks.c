/* Hooks: commands that are run around the life of a watcher and its processes. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(hooks, .timeout = 60);

/* The hook of all tests writes a line to DIR/hooks. It fails while DIR/fail-HOOK is there, and does
 * not end while DIR/hang-HOOK is there. */
#define SCRIPT                                                                                     \
    "#!/bin/sh\ncd '@DIR@'\n"                                                                      \
    "echo \"$PLUGHOST_HOOK watcher=$PLUGHOST_WATCHER wid=$PLUGHOST_WID pid=$PLUGHOST_PID "         \
    "signal=$PLUGHOST_SIGNAL code=$PLUGHOST_EXIT_CODE\" >> hooks\n"                                \
    "while test -e hang-$PLUGHOST_HOOK; do sleep 0.02; done\n"                                     \
    "test ! -e fail-$PLUGHOST_HOOK || exit 3\n"
#define HOOK(name) "hooks." name " = @DIR@/hook\n"
#define IGNORED(name) "hooks." name " = @DIR@/hook, ignore\n"
#define WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"
#define EVENT "watcher.web."

static const char *const kinds[] = {"before_start", "before_spawn",  "after_spawn",  "after_start",
                                    "before_stop",  "before_signal", "after_signal", "before_reap",
                                    "after_reap",   "after_stop"};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static daemon_t *start_with_script(const char *text)
{
    daemon_t *daemon = daemon_prepare(text);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "hook");
    ph_cleanup(ph_freep) char *script = text_replace(SCRIPT, "@DIR@", daemon_dir(daemon));
    file_write(path, script);
    chmod(path, 0700);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    return daemon;
}

/* A watcher 'web' with all ten hooks. */
static daemon_t *start_with_all(const char *options)
{
    ph_cleanup(ph_freep) char *text = ph_format(WEB "%s", options);
    for (size_t i = 0; i < KINDS; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%shooks.%s = @DIR@/hook\n", before, kinds[i]);
    }
    return start_with_script(text);
}

static void wait_line(daemon_t *daemon, const char *format, pid_t pid)
{
    ph_cleanup(ph_freep) char *number = ph_format("%d", (int)pid);
    ph_cleanup(ph_freep) char *line = text_replace(format, "PID", number);
    free(daemon_wait_file(daemon, "hooks", line, 5000));
}

static size_t count_calls(daemon_t *daemon, const char *kind)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "hooks");
    ph_cleanup(ph_freep) char *text = file_read(path);
    return text ? text_count(text, kind) : 0;
}

static void expect_status(daemon_t *daemon, const char *status)
{
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, status, "'%s': %s", state.status, state.reason);
}

/* ---- that they are run ---- */

Test(hooks, all_ten_are_run_with_what_they_have_to_know)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_all("");
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    wait_line(daemon, "before_start watcher=web wid= pid= signal= code=\n", pid);
    wait_line(daemon, "before_spawn watcher=web wid=1 pid= signal= code=\n", pid);
    wait_line(daemon, "after_spawn watcher=web wid=1 pid=PID signal= code=\n", pid);
    wait_line(daemon, "after_start watcher=web wid= pid= signal= code=\n", pid);
    daemon_do(daemon, "stop", "web", true);
    wait_line(daemon, "before_stop watcher=web wid= pid= signal= code=\n", pid);
    wait_line(daemon, "before_signal watcher=web wid=1 pid=PID signal=SIGTERM code=\n", pid);
    wait_line(daemon, "after_signal watcher=web wid=1 pid=PID signal=SIGTERM code=\n", pid);
    wait_line(daemon, "before_reap watcher=web wid=1 pid=PID signal= code=\n", pid);
    wait_line(daemon, "after_reap watcher=web wid=1 pid=PID signal= code=-15\n", pid);
    wait_line(daemon, "after_stop watcher=web wid= pid= signal= code=\n", pid);
    for (size_t i = 0; i < KINDS; i++)
        cr_expect_eq(count_calls(daemon, kinds[i]), 1, "%s", kinds[i]);
}

Test(hooks, they_are_run_in_the_order_of_a_life)
{
    /* What comes after something may still be on its way when the next one begins. */
    static const char *const order[] = {"before_start",  "before_spawn", "before_stop",
                                        "before_signal", "before_reap",  "after_reap"};
    static const char *const pairs[][2] = {{"before_spawn", "after_spawn"},
                                           {"before_spawn", "after_start"},
                                           {"before_signal", "after_signal"},
                                           {"before_reap", "after_stop"}};
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_all("");
    daemon_do(daemon, "start", "web", true);
    wait_line(daemon, "after_start", 0);
    wait_line(daemon, "after_spawn", 0);
    daemon_do(daemon, "stop", "web", true);
    wait_line(daemon, "after_signal", 0);
    wait_line(daemon, "after_reap", 0);
    ph_cleanup(ph_freep) char *text = daemon_wait_file(daemon, "hooks", "after_stop", 5000);
    for (size_t i = 1; i < sizeof order / sizeof order[0]; i++)
        cr_expect_lt(strstr(text, order[i - 1]), strstr(text, order[i]), "%s", text);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        cr_expect_lt(strstr(text, pairs[i][0]), strstr(text, pairs[i][1]), "%s", text);
}

Test(hooks, those_of_processes_are_run_for_each_of_them)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_all("numprocesses = 3\n");
    daemon_do(daemon, "start", "web", true);
    for (int wid = 1; wid <= 3; wid++) {
        ph_cleanup(ph_freep) char *line = ph_format("after_spawn watcher=web wid=%d", wid);
        wait_line(daemon, line, 0);
    }
    wait_line(daemon, "after_start", 0);
    cr_expect_eq(count_calls(daemon, "before_start"), 1);
    cr_expect_eq(count_calls(daemon, "before_spawn"), 3);
}

Test(hooks, a_restart_after_a_death_runs_those_of_the_process_and_not_those_of_the_watcher)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_all("");
    daemon_do(daemon, "start", "web", true);
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    wait_line(daemon, "after_start", 0);
    cr_assert_eq(kill(first, SIGKILL), 0);
    daemon_wait_started(daemon, "web", 5000);
    wait_line(daemon, "after_reap watcher=web wid=1 pid=PID signal= code=-9\n", first);
    cr_expect_eq(count_calls(daemon, "before_spawn"), 2);
    cr_expect_eq(count_calls(daemon, "before_start"), 1);
    cr_expect_eq(count_calls(daemon, "after_start"), 1);
    cr_expect_eq(count_calls(daemon, "before_stop"), 0);
    cr_expect_eq(count_calls(daemon, "after_stop"), 0);
}

Test(hooks, after_start_is_run_at_each_start_of_one_that_ends_well)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = true\nautostart = no\nrestart = never\n"
                          "hooks.after_start = sh -c 'echo started >>@DIR@/starts'\n");
    for (int i = 0; i < 2; i++) {
        daemon_do(daemon, "start", "web", false);
        ph_cleanup(ph_event_destroy) ph_event_t *stop =
            daemon_wait_event(daemon, "watcher.web.stop", 5000);
        free(daemon_wait_file(daemon, "starts", i == 0 ? "started\n" : "started\nstarted\n", 5000));
    }
}

Test(hooks, what_became_of_them_are_events)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script(WEB IGNORED("before_start") HOOK("before_spawn"));
    daemon_touch(daemon, "fail-before_start");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *failure =
        daemon_wait_event(daemon, EVENT "hook_failure", 5000);
    cr_expect_str_eq(event_text(failure, "name"), "before_start");
    cr_expect_str_eq(event_text(failure, "error"), "exit status 3");
    cr_expect_eq((int)event_number(failure, "wid"), -1);
    ph_cleanup(ph_event_destroy) ph_event_t *success =
        daemon_wait_event(daemon, EVENT "hook_success", 5000);
    cr_expect_str_eq(event_text(success, "name"), "before_spawn");
    cr_expect_eq((int)event_number(success, "wid"), 1);
}

/* ---- what they can prevent ---- */

Test(hooks, a_failing_before_start_prevents_the_start_and_says_why)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB HOOK("before_start"));
    daemon_touch(daemon, "fail-before_start");
    struct ph_error err = daemon_call_refused(daemon, "start", "{'name': 'web', 'waiting': true}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web': hook before_start: exit status 3");
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "stopped");
    cr_expect_str_eq(state.reason, "hook before_start: exit status 3");
    ph_cleanup(ph_freep) char *actions = daemon_actions_until(daemon, EVENT, EVENT "stop", 5000);
    cr_expect_str_eq(actions, "start hook_failure stop");
    daemon_remove(daemon, "fail-before_start");
    daemon_do(daemon, "start", "web", true);
}

Test(hooks, a_second_start_does_not_go_round_before_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB HOOK("before_start"));
    daemon_touch(daemon, "hang-before_start");
    daemon_touch(daemon, "fail-before_start");
    daemon_do(daemon, "start", "web", false);
    wait_line(daemon, "before_start", 0);
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "start", "{'name': 'web', 'waiting': true}");
    daemon_do(daemon, "start", "web", false);
    daemon_remove(daemon, "hang-before_start");
    call_expect_refused(client, "hook before_start: exit status 3", 5000);
    cr_expect_eq(daemon_status(daemon, "web").pid, 0);
    expect_status(daemon, "stopped");
}

Test(hooks, a_failing_before_spawn_counts_as_a_death)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(
        WEB HOOK("before_spawn") "restart_delay = 0.01\nmax_restarts = 2\nfailed_retry = 0\n");
    daemon_touch(daemon, "fail-before_spawn");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *failed =
        daemon_wait_event(daemon, EVENT "failed", 5000);
    cr_expect_str_eq(event_text(failed, "reason"),
                     "3 deaths in a row, the last: hook before_spawn: exit status 3");
    cr_expect_eq(count_calls(daemon, "before_spawn"), 3);
    daemon_remove(daemon, "fail-before_spawn");
    daemon_do(daemon, "start", "web", true);
}

Test(hooks, a_failing_before_stop_keeps_the_watcher_running)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB HOOK("before_stop"));
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_touch(daemon, "fail-before_stop");
    static const char *const commands[] = {"stop", "restart"};
    for (size_t i = 0; i < 2; i++) {
        struct ph_error err =
            daemon_call_refused(daemon, commands[i], "{'name': 'web', 'waiting': true}");
        cr_expect_eq(err.code, PH_CONFLICT);
        cr_expect_str_eq(err.message, "'web': hook before_stop: exit status 3");
        cr_expect_eq(daemon_status(daemon, "web").pid, pid);
        expect_status(daemon, "active");
    }
    daemon_remove(daemon, "fail-before_stop");
    daemon_do(daemon, "stop", "web", true);
    expect_status(daemon, "stopped");
}

Test(hooks, what_was_kept_running_is_still_ready_for_those_that_require_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(
        WEB HOOK("before_stop") "[watcher:app]\ncmd = @CHILD@ run\nautostart = no\n"
                                "requires = web\n");
    daemon_do(daemon, "start", "web", true);
    daemon_touch(daemon, "fail-before_stop");
    daemon_call_refused(daemon, "stop", "{'name': 'web', 'waiting': true}");
    daemon_do(daemon, "start", "app", true);
}

Test(hooks, a_failing_before_signal_keeps_the_stop_signal_back_but_not_sigkill)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script(WEB HOOK("before_signal") "graceful_timeout = 0.3\n");
    daemon_do(daemon, "start", "web", true);
    daemon_touch(daemon, "fail-before_signal");
    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_event_destroy) ph_event_t *event = daemon_wait_event(daemon, EVENT "kill", 5000);
    cr_expect_str_eq(event_text(event, "signal"), "SIGKILL", "SIGTERM must not be sent");
    cr_expect(text_ends(daemon_status(daemon, "web").reason, "(killed by SIGKILL)"));
}

#define CATCHES                                                                                    \
    "[watcher:web]\nautostart = no\nshell = yes\nnotify_fd = 3\n"                                  \
    "cmd = trap 'echo usr1 >> @DIR@/got' USR1; trap 'echo hup >> @DIR@/got' HUP; echo >&3; "       \
    "while :; do sleep 0.02; done\n"

Test(hooks, before_signal_and_after_signal_are_run_for_the_command_signal)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script(CATCHES HOOK("before_signal") HOOK("after_signal"));
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_call_do(daemon, "signal", "{'name': 'web', 'signum': 'USR1'}");
    wait_line(daemon, "before_signal watcher=web wid=1 pid=PID signal=SIGUSR1 code=\n", pid);
    wait_line(daemon, "after_signal watcher=web wid=1 pid=PID signal=SIGUSR1 code=\n", pid);
    free(daemon_wait_file(daemon, "got", "usr1\n", 5000));
}

Test(hooks, a_failing_before_signal_prevents_the_command_signal_unless_it_is_sigkill)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(CATCHES HOOK("before_signal"));
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_touch(daemon, "fail-before_signal");
    daemon_call_do(daemon, "signal", "{'name': 'web', 'signum': 'USR1'}");
    wait_line(daemon, "signal=SIGUSR1", pid);
    daemon_pass_event(daemon, EVENT "hook_failure", 5000);
    daemon_remove(daemon, "fail-before_signal");
    daemon_call_do(daemon, "signal", "{'name': 'web', 'signum': 'HUP'}");
    ph_cleanup(ph_freep) char *got = daemon_wait_file(daemon, "got", "hup\n", 5000);
    cr_expect_str_eq(got, "hup\n", "the first signal was not sent");

    daemon_touch(daemon, "fail-before_signal");
    daemon_call_do(daemon, "signal", "{'name': 'web', 'signum': 'KILL'}");
    ph_cleanup(ph_event_destroy) ph_event_t *reap = daemon_wait_event(daemon, EVENT "reap", 5000);
    cr_expect_eq((int)event_number(reap, "exit_code"), -SIGKILL);
    daemon_remove(daemon, "fail-before_signal");
}

Test(hooks, a_failing_before_reap_prevents_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB HOOK("before_reap"));
    daemon_do(daemon, "start", "web", true);
    daemon_touch(daemon, "fail-before_reap");
    daemon_do(daemon, "stop", "web", true);
    expect_status(daemon, "stopped");
}

Test(hooks, a_failing_after_hook_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(
        WEB HOOK("after_start") HOOK("after_spawn") HOOK("after_stop") HOOK("after_reap"));
    daemon_touch(daemon, "fail-after_start");
    daemon_touch(daemon, "fail-after_spawn");
    daemon_touch(daemon, "fail-after_stop");
    daemon_touch(daemon, "fail-after_reap");
    for (int i = 0; i < 2; i++) {
        daemon_do(daemon, "start", "web", true);
        expect_status(daemon, "active");
        daemon_do(daemon, "stop", "web", true);
        expect_status(daemon, "stopped");
    }
}

Test(hooks, with_ignore_no_failure_prevents_anything)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB IGNORED(
        "before_start") IGNORED("before_spawn") IGNORED("before_stop") IGNORED("before_signal"));
    for (size_t i = 0; i < KINDS; i++) {
        ph_cleanup(ph_freep) char *name = ph_format("fail-%s", kinds[i]);
        daemon_touch(daemon, name);
    }
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(text_ends(daemon_status(daemon, "web").reason, "(killed by SIGTERM)"));
    for (int i = 0; i < 4; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *failure =
            daemon_wait_event(daemon, EVENT "hook_failure", 5000);
        cr_expect_str_eq(event_text(failure, "error"), "exit status 3");
    }
}

Test(hooks, one_that_cannot_be_executed_has_failed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "hooks.before_start = /nowhere/hook --now\n");
    struct ph_error err = daemon_call_refused(daemon, "start", "{'name': 'web', 'waiting': true}");
    cr_expect_str_eq(err.message, "'web': hook before_start: could not execute '/nowhere/hook': No "
                                  "such file or directory");
}

/* ---- those that do not end ---- */

Test(hooks, one_that_runs_too_long_is_killed_and_has_failed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script(WEB HOOK("before_start") "hook_timeout = 0.3\n");
    daemon_touch(daemon, "hang-before_start");
    struct ph_error err = daemon_call_refused(daemon, "start", "{'name': 'web', 'waiting': true}");
    cr_expect_str_eq(err.message, "'web': hook before_start: it did not end within 0.3 s");
    ph_cleanup(ph_event_destroy) ph_event_t *failure =
        daemon_wait_event(daemon, EVENT "hook_failure", 5000);
    cr_expect_str_eq(event_text(failure, "error"), "it did not end within 0.3 s");
}

static const char *const early[] = {"before_start", "before_spawn"};

Test(hooks, the_daemon_does_everything_else_while_one_hangs)
{
    for (size_t i = 0; i < 2; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB HOOK("before_start") HOOK(
            "before_spawn") "[watcher:other]\ncmd = @CHILD@ run\nautostart = no\n");
        ph_cleanup(ph_freep) char *hang = ph_format("hang-%s", early[i]);
        daemon_touch(daemon, hang);
        daemon_do(daemon, "start", "web", false);
        wait_line(daemon, early[i], 0);
        daemon_do(daemon, "ping", NULL, false);
        expect_status(daemon, "starting");
        daemon_do(daemon, "start", "other", true);
        daemon_do(daemon, "stop", "other", true);
        daemon_remove(daemon, hang);
        daemon_wait_status(daemon, "web", "active", 5000);
    }
}

Test(hooks, a_stop_works_at_once_while_one_hangs)
{
    for (size_t i = 0; i < 2; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon =
            start_with_script(WEB HOOK("before_start") HOOK("before_spawn"));
        ph_cleanup(ph_freep) char *hang = ph_format("hang-%s", early[i]);
        daemon_touch(daemon, hang);
        daemon_do(daemon, "start", "web", false);
        wait_line(daemon, early[i], 0);
        daemon_do(daemon, "stop", "web", true);
        expect_status(daemon, "stopped");
        daemon_remove(daemon, hang);
        daemon_do(daemon, "start", "web", true);
    }
}

Test(hooks, a_start_while_before_stop_hangs_keeps_the_process)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(WEB HOOK("before_stop"));
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_touch(daemon, "hang-before_stop");
    daemon_do(daemon, "stop", "web", false);
    wait_line(daemon, "before_stop", 0);
    expect_status(daemon, "stopping");
    daemon_do(daemon, "start", "web", true);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
    expect_status(daemon, "active");
}

/* ---- the end of the daemon ---- */

Test(hooks, the_end_of_the_daemon_does_not_ask_before_stop)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script(WEB HOOK("before_stop") HOOK("after_stop"));
    daemon_do(daemon, "start", "web", true);
    daemon_touch(daemon, "fail-before_stop");
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(daemon, 15000), 0);
    cr_expect_eq(count_calls(daemon, "after_stop"), 1);
    cr_expect_eq(count_calls(daemon, "before_stop"), 0);
}

static void expect_end_while_hanging(const char *kind, bool is_to_come_up)
{
    ph_cleanup(ph_freep) char *hang = ph_format("hang-%s", kind);
    ph_cleanup(ph_freep) char *text =
        ph_format(WEB "graceful_timeout = 0.5\nhooks.%s = @DIR@/hook\n", kind);
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script(text);
    daemon_touch(daemon, hang);
    daemon_do(daemon, "start", "web", is_to_come_up);
    if (!is_to_come_up || strncmp(kind, "after", 5) == 0)
        wait_line(daemon, kind, 0);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 15000), 0, "%s", kind);
}

Test(hooks, before_start_does_not_hold_up_the_end_of_the_daemon)
{
    expect_end_while_hanging("before_start", false);
}

Test(hooks, before_spawn_does_not_hold_up_the_end_of_the_daemon)
{
    expect_end_while_hanging("before_spawn", false);
}

Test(hooks, after_start_does_not_hold_up_the_end_of_the_daemon)
{
    expect_end_while_hanging("after_start", true);
}

Test(hooks, before_signal_holds_up_the_end_of_the_daemon_for_graceful_timeout_at_most)
{
    expect_end_while_hanging("before_signal", true);
}

Test(hooks, before_reap_does_not_hold_up_the_end_of_the_daemon)
{
    expect_end_while_hanging("before_reap", true);
}

Test(hooks, after_stop_may_hold_up_the_end_of_the_daemon_for_its_timeout)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script(WEB HOOK("after_stop") "hook_timeout = 0.3\n");
    daemon_do(daemon, "start", "web", true);
    daemon_touch(daemon, "hang-after_stop");
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 15000), 0);
    cr_expect_eq(count_calls(daemon, "after_stop"), 1);
}
