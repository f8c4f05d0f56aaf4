/* How many processes there are, and how that is changed. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(number, .timeout = 60);

#define TWO "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 2\nautostart = no\n"
#define STUBBORN                                                                                   \
    "[watcher:web]\nshell = yes\ncmd = trap '' TERM; echo >&3; while :; do sleep 0.02; done\n"     \
    "notify_fd = 3\ngraceful_timeout = 0.3\nnumprocesses = 2\nautostart = no\n"

static daemon_t *start_running(const char *text)
{
    daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "web", true);
    return daemon;
}

static int64_t reply_of(daemon_t *daemon, const char *command, const char *properties)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, command, properties);
    return reply_number(reply, "numprocesses");
}

static void expect_running(daemon_t *daemon, int64_t count)
{
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_eq(state.running, count, "%d instead of %d", (int)state.running, (int)count);
    cr_expect_eq(reply_of(daemon, "numprocesses", "{'name': 'web'}"), count);
}

/* ---- more ---- */

Test(number, incr_runs_one_more_and_leaves_the_others_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    pid_t before[3], after[4];
    cr_assert_eq(daemon_pids(daemon, "web", before, 3), 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "incr", "{'name': 'WEB', 'waiting': true}");
    cr_expect_str_eq(reply_text(reply, "name"), "web");
    cr_expect_eq(reply_number(reply, "numprocesses"), 3);
    cr_assert_eq(daemon_pids(daemon, "web", after, 4), 3);
    cr_expect_eq(after[0], before[0]);
    cr_expect_eq(after[1], before[1]);
    expect_running(daemon, 3);
}

Test(number, incr_takes_a_number)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web', 'nb': 5, 'waiting': true}"), 7);
    expect_running(daemon, 7);
}

Test(number, incr_with_waiting_answers_when_the_new_ones_are_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO "startsecs = 0.2\n");
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web', 'nb': 2, 'waiting': true}"), 4);
    expect_running(daemon, 4);
}

Test(number, incr_without_waiting_answers_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO "startsecs = 600\n");
    daemon_do(daemon, "start", "web", false);
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web'}"), 3);
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "starting");
    cr_expect_eq(state.running, 0);
}

Test(number, incr_with_waiting_is_refused_with_the_reason_if_the_new_one_does_not_come_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(
        "[watcher:web]\nshell = yes\ncmd = test -e @DIR@/broken && exit 3; exec sleep 1000\n"
        "startsecs = 0.2\nautostart = no\nrestart_delay = 60\n");
    daemon_touch(daemon, "broken");
    struct ph_error err = daemon_call_refused(daemon, "incr", "{'name': 'web', 'waiting': true}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' is not up but in 'backoff': exit status 3");
    cr_expect_eq(daemon_status(daemon, "web").running, 1, "the first is as it was");
}

Test(number, incr_of_what_is_stopped_counts_at_its_next_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO);
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web', 'waiting': true}"), 3);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[1]){0}, 1), 0);
    daemon_do(daemon, "start", "web", true);
    expect_running(daemon, 3);
}

/* ---- less ---- */

Test(number, decr_ends_the_process_with_the_highest_number)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    pid_t before[3], after[3];
    cr_assert_eq(daemon_pids(daemon, "web", before, 3), 2);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web', 'waiting': true}"), 1);
    cr_assert_eq(daemon_pids(daemon, "web", after, 3), 1);
    cr_expect_eq(after[0], before[0]);
    cr_expect_eq(kill(before[1], 0), -1);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    cr_expect_eq((pid_t)event_number(reap, "process_pid"), before[1]);
    cr_expect_eq((int)event_number(reap, "wid"), 2);
    expect_running(daemon, 1);
}

Test(number, decr_with_waiting_answers_when_the_process_is_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(STUBBORN);
    pid_t pids[3];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 3), 2);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web', 'waiting': true}"), 1);
    cr_expect_eq(kill(pids[1], 0), -1, "process %d is left", (int)pids[1]);
    cr_expect_eq(kill(pids[0], 0), 0);
}

Test(number, decr_without_waiting_answers_while_the_process_still_lives)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(STUBBORN);
    pid_t pids[3];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 3), 2);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web'}"), 1);
    cr_expect_eq(kill(pids[1], 0), 0);
    daemon_do(daemon, "start", "web", true); /* which waits for the end of the other */
    cr_expect_eq(kill(pids[1], 0), -1);
}

Test(number, no_process_at_all_is_a_number_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web', 'nb': 50, 'waiting': true}"), 0);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
    expect_running(daemon, 0);
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web', 'waiting': true}"), 1);
    expect_running(daemon, 1);
}

Test(number, a_watcher_of_no_process_starts_and_stops)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 0\nautostart = no\n"
                          "[watcher:app]\ncmd = @CHILD@ run\nrequires = web\nautostart = no\n");
    daemon_do(daemon, "start", "app", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    cr_expect_str_eq(daemon_status(daemon, "app").status, "stopped");
}

Test(number, decr_works_while_the_processes_start)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO "startsecs = 600\n");
    daemon_do(daemon, "start", "web", false);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web', 'nb': 2, 'waiting': true}"), 0);
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[1]){0}, 1), 0);
}

Test(number, decr_takes_along_a_process_that_waits_for_its_next_try)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = /nowhere/web\nrestart_delay = 60\nnumprocesses = 2\n");
    daemon_wait_status(daemon, "web", "backoff", 5000);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web', 'nb': 2, 'waiting': true}"), 0);
    daemon_wait_status(daemon, "web", "active", 5000);
}

Test(number, many_changes_in_a_row_end_at_the_last_number)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    for (int i = 0; i < 20; i++) {
        daemon_call_do(daemon, "incr", "{'name': 'web', 'nb': 3}");
        daemon_call_do(daemon, "decr", "{'name': 'web', 'nb': 3}");
    }
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web', 'waiting': true}"), 3);
    expect_running(daemon, 3);
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[9]){0}, 9), 3);
}

/* ---- refusals ---- */

Test(number, a_singleton_has_at_most_one_process)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_running("[watcher:web]\ncmd = @CHILD@ run\nsingleton = yes\nautostart = no\n");
    struct ph_error err = daemon_call_refused(daemon, "incr", "{'name': 'web'}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' is a singleton: it has at most one process");
    expect_running(daemon, 1);
    cr_expect_eq(reply_of(daemon, "decr", "{'name': 'web', 'waiting': true}"), 0);
    cr_expect_eq(reply_of(daemon, "incr", "{'name': 'web', 'waiting': true}"), 1);
    expect_running(daemon, 1);
}

Test(number, numbers_out_of_range_are_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    struct ph_error err = daemon_call_refused(daemon, "incr", "{'name': 'web', 'nb': -1}");
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "nb = -1: it must be 0 to 100000");
    err = daemon_call_refused(daemon, "incr", "{'name': 'web', 'nb': 99999}");
    cr_expect_str_eq(err.message, "100001 processes are more than the 100000 allowed");
    err = daemon_call_refused(daemon, "decr", "{'name': 'web', 'nb': 'two'}");
    cr_expect_str_eq(err.message, "property 'nb' of 'decr' must be a integer");
    expect_running(daemon, 2);
}

Test(number, a_name_must_be_given_and_known)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(TWO);
    struct ph_error err = daemon_call_refused(daemon, "incr", "{}");
    cr_expect_str_eq(err.message, "property 'name' of 'incr' is missing");
    err = daemon_call_refused(daemon, "decr", "{'name': 'wbe'}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "no watcher is named 'wbe'");
}

/* ---- counting ---- */

Test(number, numprocesses_numwatchers_and_list_count_what_there_is)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_running(TWO "[watcher:other]\ncmd = @CHILD@ run\nnumprocesses = 3\nautostart = no\n");
    cr_expect_eq(reply_of(daemon, "numprocesses", "{}"), 5);
    cr_expect_eq(reply_of(daemon, "numprocesses", "{'name': 'other'}"), 3);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "numwatchers", "{}");
    cr_expect_eq(reply_number(reply, "numwatchers"), 2);
    pid_t pids[3];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 3), 2);
    cr_expect_eq(pids[0], daemon_status(daemon, "web").pid);
    cr_expect_eq(kill(pids[1], 0), 0);
    cr_expect_eq(daemon_pids(daemon, "other", pids, 3), 0);
}
