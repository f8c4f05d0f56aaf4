/* The commands kill and signal: who gets what, and what comes after. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(signals, .timeout = 60);

#define RUNS "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\nnumprocesses = 2\n"

/* Each of its processes writes to DIR/got that it got SIGUSR1; one that ignores SIGTERM. */
#define CATCHES                                                                                    \
    "[watcher:web]\nautostart = no\nshell = yes\nnotify_fd = 3\ngraceful_timeout = 60\n"           \
    "cmd = trap 'echo $(circus.wid) usr1 >> @DIR@/got' USR1; echo >&3; "                           \
    "while :; do sleep 0.02; done\n"
#define STUBBORN                                                                                   \
    "[watcher:web]\nautostart = no\nshell = yes\nnotify_fd = 3\ngraceful_timeout = 60\n"           \
    "cmd = trap '' TERM; echo >&3; while :; do sleep 0.02; done\n"

/* A process with a child and a grandchild; each writes to DIR/got what it gets, and the process
 * writes the pid of its child to DIR/child. */
#define FAMILY                                                                                     \
    "[watcher:web]\nautostart = no\nshell = yes\nnotify_fd = 3\ngraceful_timeout = 0\n"            \
    "cmd = wait_here() { trap \"echo $1 >> @DIR@/got\" USR1; while :; do sleep 0.02; done; }; "    \
    "(sh -c 'trap \"echo youngest >> @DIR@/got\" USR1; : > @DIR@/here; "                           \
    "while :; do sleep 0.02; done' & wait_here middle) & echo $! > @DIR@/child; "                  \
    "trap 'echo parent >> @DIR@/got' USR1; until test -e @DIR@/here; do sleep 0.02; done; "        \
    "echo >&3; while :; do sleep 0.02; done\n"

static daemon_t *start_running(const char *text)
{
    daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "web", true);
    return daemon;
}

static pid_t wait_pid(daemon_t *daemon, const char *topic)
{
    ph_cleanup(ph_event_destroy) ph_event_t *event = daemon_wait_event(daemon, topic, 5000);
    return (pid_t)event_number(event, "process_pid");
}

static const ph_value_t *pids_of(const ph_message_t *reply)
{
    return ph_value_get(ph_message_body(reply), "pids");
}

static ph_message_t *call_with_pid(daemon_t *daemon, const char *command, const char *format,
                                   pid_t pid)
{
    ph_cleanup(ph_freep) char *number = ph_format("%d", (int)pid);
    ph_cleanup(ph_freep) char *properties = text_replace(format, "PID", number);
    return daemon_call(daemon, command, properties);
}

/* ---- kill ---- */

Test(signals, kill_ends_all_processes_and_others_take_their_place)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(RUNS);
    pid_t old[3], fresh[3];
    cr_assert_eq(daemon_pids(daemon, "web", old, 3), 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "kill", "{'name': 'web', 'waiting': true}");
    cr_expect_str_eq(reply_text(reply, "name"), "web");
    cr_assert_eq(ph_value_size(pids_of(reply)), 2);
    cr_expect_eq(ph_value_int(ph_value_at(pids_of(reply), 0), 0), old[0]);
    cr_expect_eq(ph_value_int(ph_value_at(pids_of(reply), 1), 0), old[1]);
    cr_assert_eq(daemon_pids(daemon, "web", fresh, 3), 2);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(kill(old[i], 0), -1);
        cr_expect_eq(kill(fresh[i], 0), 0);
    }
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_eq(state.attempt, 0, "it was asked for");
    cr_expect_eq(state.restarts, 0);
}

Test(signals, kill_of_one_pid_leaves_the_others_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(RUNS);
    pid_t old[3], fresh[3];
    cr_assert_eq(daemon_pids(daemon, "web", old, 3), 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        call_with_pid(daemon, "kill", "{'name': 'web', 'pid': PID, 'waiting': true}", old[1]);
    cr_expect_eq(ph_value_size(pids_of(reply)), 1);
    cr_assert_eq(daemon_pids(daemon, "web", fresh, 3), 2);
    cr_expect_eq(fresh[0], old[0]);
    cr_expect_neq(fresh[1], old[1]);
}

Test(signals, kill_takes_a_signal_and_a_time_of_its_own)
{
    static const char *const names[] = {"SIGUSR1", "SIGKILL"};
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(CATCHES);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_call_do(daemon, "kill",
                   "{'name': 'web', 'signum': 'usr1', 'graceful_timeout': 0.3, 'waiting': true}");
    free(daemon_wait_file(daemon, "got", "1 usr1\n", 5000));
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            daemon_wait_event(daemon, "watcher.web.kill", 5000);
        cr_expect_str_eq(event_text(event, "signal"), names[i]);
        cr_expect_eq((pid_t)event_number(event, "process_pid"), old);
    }
    cr_expect_neq(daemon_status(daemon, "web").pid, old);
}

Test(signals, kill_hurries_a_stop_under_way_and_nothing_is_started_in_its_place)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(STUBBORN);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "stop", "web", false);
    daemon_call_do(daemon, "kill", "{'name': 'web', 'signum': 'KILL', 'waiting': true}");
    cr_expect_eq(kill(old, 0), -1);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(signals, kill_of_what_does_not_run_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(RUNS);
    struct ph_error err = daemon_call_refused(daemon, "kill", "{'name': 'web'}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' has no process that runs");
    daemon_do(daemon, "start", "web", true);
    err = daemon_call_refused(daemon, "kill", "{'name': 'web', 'pid': 1}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "'web' has no process 1");
    cr_expect_str_eq(err.hint, "'plughostctl list web' shows its pids");
    err = daemon_call_refused(daemon, "kill", "{'name': 'web', 'graceful_timeout': -1}");
    cr_expect_str_eq(err.message, "graceful_timeout must be 0 to 86400 seconds");
    err = daemon_call_refused(daemon, "kill", "{'name': 'web', 'signum': 'SIGNAL'}");
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "signum = SIGNAL: no such signal");
}

/* ---- signal ---- */

Test(signals, signal_reaches_all_processes_and_they_stay)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(CATCHES "numprocesses = 2\n");
    pid_t before[3], after[3];
    cr_assert_eq(daemon_pids(daemon, "web", before, 3), 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "signal", "{'name': 'web', 'signum': 'SIGUSR1'}");
    cr_expect_eq(ph_value_size(pids_of(reply)), 2);
    free(daemon_wait_file(daemon, "got", "1 usr1\n", 5000));
    free(daemon_wait_file(daemon, "got", "2 usr1\n", 5000));
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.web.signal", 5000);
    cr_expect_str_eq(event_text(event, "signal"), "SIGUSR1");
    cr_expect_eq((pid_t)event_number(event, "process_pid"), before[0]);
    cr_assert_eq(daemon_pids(daemon, "web", after, 3), 2);
    cr_expect_eq(after[0], before[0]);
    cr_expect_eq(after[1], before[1]);
}

Test(signals, signal_takes_a_number_a_short_name_and_one_pid)
{
    static const char *const forms[] = {"10", "'10'", "'usr1'", "'USR1'", "'SigUsr1'"};
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(CATCHES "numprocesses = 2\n");
    pid_t pids[3];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 3), 2);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        ph_cleanup(ph_freep) char *properties =
            ph_format("{'name': 'web', 'pid': PID, 'signum': %s}", forms[i]);
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            call_with_pid(daemon, "signal", properties, pids[1]);
        cr_assert_eq(ph_value_size(pids_of(reply)), 1);
        cr_expect_eq(ph_value_int(ph_value_at(pids_of(reply), 0), 0), pids[1]);
        free(daemon_wait_file(daemon, "got", "2 usr1\n", 5000));
        daemon_remove(daemon, "got");
    }
}

Test(signals, an_end_by_the_command_signal_is_answered_by_a_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(RUNS);
    pid_t pids[3];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 3), 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        call_with_pid(daemon, "signal", "{'name': 'web', 'pid': PID, 'signum': 9}", pids[0]);
    cr_expect_eq(ph_value_size(pids_of(reply)), 1);
    cr_expect_eq(wait_pid(daemon, "watcher.web.reap"), pids[0]);
    cr_expect_neq(wait_pid(daemon, "watcher.web.spawn"), pids[0]);
}

static daemon_t *start_family(pid_t *child)
{
    daemon_t *daemon = start_running(FAMILY);
    ph_cleanup(ph_freep) char *text = daemon_wait_file(daemon, "child", "\n", 5000);
    *child = (pid_t)strtol(text, NULL, 10);
    return daemon;
}

static bool has_pid(const ph_message_t *reply, pid_t pid)
{
    for (size_t i = 0; i < ph_value_size(pids_of(reply)); i++)
        if (ph_value_int(ph_value_at(pids_of(reply), i), 0) == pid)
            return true;
    return false;
}

Test(signals, signal_with_recursive_reaches_the_process_and_all_that_descends_from_it)
{
    pid_t child;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_family(&child);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "signal", "{'name': 'web', 'signum': 'USR1', 'recursive': true}");
    cr_expect(has_pid(reply, daemon_status(daemon, "web").pid));
    cr_expect(has_pid(reply, child));
    free(daemon_wait_file(daemon, "got", "parent\n", 5000));
    free(daemon_wait_file(daemon, "got", "middle\n", 5000));
    free(daemon_wait_file(daemon, "got", "youngest\n", 5000));
}

/* Sends to some, then to all: who got it twice got the first one too. */
static void expect_only_child(daemon_t *daemon, ph_message_t *reply, pid_t child)
{
    cr_expect(has_pid(reply, child));
    cr_expect(!has_pid(reply, daemon_status(daemon, "web").pid));
    free(daemon_wait_file(daemon, "got", "middle\n", 5000));
    daemon_call_do(daemon, "signal", "{'name': 'web', 'signum': 'USR1', 'recursive': true}");
    free(daemon_wait_file(daemon, "got", "parent\n", 5000));
    free(daemon_wait_file(daemon, "got", "youngest\n", 5000));
    ph_cleanup(ph_freep) char *got = daemon_wait_file(daemon, "got", "parent\n", 5000);
    cr_expect_eq(text_count(got, "parent"), 1, "%s", got);
    cr_expect_eq(text_count(got, "youngest"), 1, "%s", got);
}

Test(signals, signal_with_children_reaches_only_the_children)
{
    pid_t child;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_family(&child);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "signal", "{'name': 'web', 'signum': 'USR1', 'children': true}");
    expect_only_child(daemon, reply, child);
}

Test(signals, signal_with_childpid_reaches_only_that_child)
{
    pid_t child;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_family(&child);
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'web', 'signum': 'USR1', 'pid': %d, 'childpid': %d}",
                  (int)daemon_status(daemon, "web").pid, (int)child);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "signal", properties);
    cr_expect_eq(ph_value_size(pids_of(reply)), 1);
    expect_only_child(daemon, reply, child);
}

Test(signals, signal_never_reaches_a_pid_that_is_not_of_the_watcher)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_running(RUNS "[watcher:other]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "other", true);
    pid_t other = daemon_status(daemon, "other").pid;
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'web', 'signum': 'KILL', 'pid': %d}", (int)other);
    struct ph_error err = daemon_call_refused(daemon, "signal", properties);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    ph_cleanup(ph_freep) char *message = ph_format("'web' has no process %d", (int)other);
    cr_expect_str_eq(err.message, message);
    cr_expect_eq(daemon_status(daemon, "other").pid, other);
}

Test(signals, signal_refuses_what_makes_no_sense)
{
    static const char *const wrong[][2] = {
        {"{'name': 'web'}", "property 'signum' of 'signal' is missing"},
        {"{'name': 'web', 'signum': 'FOO'}", "signum = FOO: no such signal"},
        {"{'name': 'web', 'signum': 0}", "signum = 0: no such signal"},
        {"{'name': 'web', 'signum': 9999}", "signum = 9999: no such signal"},
        {"{'name': 'web', 'signum': 'TERM', 'childpid': 7}",
         "childpid needs pid, the process whose child it is"}};
    ph_cleanup(daemon_stop) daemon_t *daemon = start_running(RUNS);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct ph_error err = daemon_call_refused(daemon, "signal", wrong[i][0]);
        cr_expect_eq(err.code, PH_INVALID);
        cr_expect_str_eq(err.message, wrong[i][1]);
    }
    cr_expect_eq(daemon_status(daemon, "web").running, 2);
}

Test(signals, signal_to_what_is_stopped_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(RUNS);
    struct ph_error err =
        daemon_call_refused(daemon, "signal", "{'name': 'web', 'signum': 'TERM'}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' has no process that runs");
}
