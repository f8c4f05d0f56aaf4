/* Nothing survives a stop. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(stop, .timeout = 60);

#define STUBBORN                                                                                   \
    "[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\ngraceful_timeout = 0.2\nautostart = "    \
    "no\n"

/* Starts 'web' and opens it and its child, both of which ignore SIGTERM. */
static void start_stubborn(daemon_t *daemon, int pidfds[2])
{
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_freep) char *pids = daemon_wait_file(daemon, "pids", "\n", 5000);
    char *second;
    pidfds[0] = process_open((pid_t)strtol(pids, &second, 10));
    pidfds[1] = process_open((pid_t)strtol(second, NULL, 10));
}

static void expect_gone(int pidfds[2])
{
    for (int i = 0; i < 2; i++) {
        cr_expect(process_wait_gone(pidfds[i], 2000), "%s is left", i ? "the grandchild" : "it");
        ph_closep(&pidfds[i]);
    }
}

Test(stop, a_program_that_ignores_sigterm_is_killed_with_its_grandchild)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    int pidfds[2];
    start_stubborn(daemon, pidfds);
    daemon_do(daemon, "stop", "web", true);
    expect_gone(pidfds);
    cr_expect(text_ends(daemon_status(daemon, "web").reason, "(killed by SIGKILL)"));
}

Test(stop, the_events_of_a_stop_tell_each_step)
{
    static const char *const signals[] = {"SIGTERM", "SIGKILL"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    int pidfds[2];
    start_stubborn(daemon, pidfds);
    daemon_do(daemon, "stop", "web", false);
    for (size_t i = 0; i < 2; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *kill_event =
            daemon_wait_event(daemon, "watcher.web.kill", 5000);
        cr_expect_str_eq(event_text(kill_event, "signal"), signals[i]);
    }
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    cr_expect(text_ends(event_text(reap, "cause"), "(killed by SIGKILL)"));
    ph_cleanup(ph_event_destroy) ph_event_t *stopped =
        daemon_wait_event(daemon, "watcher.web.stop", 5000);
    ph_cleanup(ph_freep) char *reason =
        ph_format("command 'stop' from uid %d pid %d", (int)getuid(), (int)getpid());
    cr_expect_str_eq(event_text(stopped, "reason"), reason);
    expect_gone(pidfds);
}

Test(stop, the_end_of_the_daemon_kills_a_program_that_ignores_sigterm)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    int pidfds[2];
    start_stubborn(daemon, pidfds);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    expect_gone(pidfds);
}

Test(stop, a_grandchild_does_not_survive_a_leader_that_ends_by_itself)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(STUBBORN);
    int pidfds[2];
    start_stubborn(daemon, pidfds);
    cr_assert_eq(kill(daemon_status(daemon, "web").pid, SIGKILL), 0);
    expect_gone(pidfds);
}

Test(stop, the_signal_of_the_configuration_is_sent)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ catch 12 @DIR@/caught\n"
                          "stop_signal = USR2\n");
    free(daemon_wait_file(daemon, "caught", "ready\n", 5000));
    daemon_do(daemon, "stop", "web", true);
    free(daemon_wait_file(daemon, "caught", "caught 12\n", 5000));
    cr_expect(text_ends(daemon_status(daemon, "web").reason, "(exit status 0)"));
}

Test(stop, with_stop_children_the_signal_reaches_the_whole_process_group)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ family 15 @DIR@/child\nstop_children = yes\n");
    free(daemon_wait_file(daemon, "child", "\n", 5000));
    daemon_do(daemon, "stop", "web", true);
    cr_expect(text_ends(daemon_status(daemon, "web").reason, "(exit status 0)"));
}

Test(stop, a_graceful_timeout_of_zero_kills_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\n"
                          "graceful_timeout = 0\nautostart = no\n");
    int pidfds[2];
    start_stubborn(daemon, pidfds);
    daemon_do(daemon, "stop", "web", true);
    expect_gone(pidfds);
}

Test(stop, a_plugin_that_hangs_is_killed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[plugin:hangs]\nrecord = @DIR@/hangs\ngraceful_timeout = 0.2\nautostart = no\n");
    daemon_do(daemon, "start", "hangs", false);
    ph_cleanup(ph_freep) char *record = daemon_path(daemon, "hangs");
    cr_assert(file_wait_exists(record, 10000));
    cr_expect_str_eq(daemon_status(daemon, "hangs").status, "starting");

    daemon_do(daemon, "stop", "hangs", true);
    struct watcher_state state = daemon_status(daemon, "hangs");
    cr_expect_str_eq(state.status, "stopped");
    cr_expect(text_ends(state.reason, "(killed by SIGKILL)"));
}

Test(stop, a_stop_while_it_waits_for_its_next_try_ends_the_tries)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = /nowhere/web\nrestart_delay = 60\n");
    daemon_wait_status(daemon, "web", "backoff", 5000);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(stop, what_was_stopped_can_be_started_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_eq(daemon_status(daemon, "web").pid, 0);
    daemon_do(daemon, "start", "web", true);
    cr_expect_neq(daemon_wait_started(daemon, "web", 5000), first);
}

Test(stop, a_hundred_stops_and_starts_leave_no_descriptor_behind)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n[plugin:probe]\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "web", true);
    size_t before = process_descriptors(daemon_pid(daemon));
    for (int i = 0; i < 100; i++) {
        daemon_do(daemon, "start", "web", true);
        daemon_do(daemon, "stop", "web", true);
    }
    cr_expect_leq(process_descriptors(daemon_pid(daemon)), before);
}
