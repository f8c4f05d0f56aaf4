/* What is asked for is done, and answered, whatever else is under way. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

TestSuite(asked, .timeout = 60);

/* Those that are down already settle within the change of the last that runs. */
Test(asked, a_stop_of_several_is_answered_when_some_are_down_already)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:mid]\ncmd = @CHILD@ run\npriority = 5\nautostart = no\n"
                          "[watcher:high]\ncmd = @CHILD@ run\npriority = 9\nautostart = no\n"
                          "[watcher:low]\ncmd = @CHILD@ run\npriority = 1\nautostart = no\n");
    daemon_do(daemon, "start", "low", true);
    daemon_do(daemon, "stop", NULL, true);
    cr_expect_str_eq(daemon_status(daemon, "low").status, "stopped");
}

Test(asked, a_restart_during_a_stop_starts_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\n"
                          "graceful_timeout = 0.5\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "pids", "\n", 5000));
    daemon_do(daemon, "stop", "web", false);
    daemon_do(daemon, "restart", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(asked, a_stop_during_a_restart_does_not)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\n"
                          "graceful_timeout = 0.5\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "pids", "\n", 5000));
    daemon_do(daemon, "restart", "web", false);
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

/* Returns a connection that nobody accepts. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

Test(asked, a_connection_that_is_not_taken_does_not_start_a_program_over_and_over)
{
    enum { STARTS = 5 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[socket:s]\npath = @DIR@/s\n[watcher:web]\non_demand = yes\n"
                          "cmd = @CHILD@ exit 1 $(circus.sockets.s)\nrespawn = no\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "s");
    int connection = connect_to(path);
    double before = 0;
    for (int i = 0; i < STARTS; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *spawn =
            daemon_wait_event(daemon, "watcher.web.spawn", 10000);
        if (i == STARTS - 1) /* after delays of 0, 0.1, 0.2 and 0.4 s */
            cr_expect_gt(ph_event_time(spawn) - before, 0.3);
        before = ph_event_time(spawn);
    }
    close(connection);
}

/* The successor of a reload is in `list` before it is ready. */
static pid_t wait_successor(daemon_t *daemon, pid_t old)
{
    pid_t pids[2] = {old, old};
    daemon_pass_event(daemon, "watcher.web.spawn", 5000);
    cr_assert_eq(daemon_pids(daemon, "web", pids, 2), 2);
    return pids[0] == old ? pids[1] : pids[0];
}

Test(asked, a_successor_that_is_killed_does_not_stay_for_ever)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nstartsecs = 0.3\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_pass_event(daemon, "watcher.web.spawn", 5000);
    ph_cleanup(raw_destroy) raw_t *reload =
        daemon_send(daemon, "reload", "{'name': 'web', 'waiting': true}");
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'web', 'pid': %d}", (int)wait_successor(daemon, old));
    daemon_call_do(daemon, "kill", properties);
    call_expect_refused(reload, "did not come up", 10000);
    cr_expect_eq(daemon_status(daemon, "web").pid, old);
    daemon_do(daemon, "reload", "web", true);
    pid_t pids[3];
    cr_expect_eq(daemon_pids(daemon, "web", pids, 3), 1);
    cr_expect_neq(pids[0], old);
}

Test(asked, a_stop_during_a_restart_stops_what_requires_it_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:db]\ncmd = @CHILD@ run\nautostart = no\n"
                          "[watcher:app]\ncmd = @CHILD@ ignore-term @DIR@/pids\nrequires = db\n"
                          "graceful_timeout = 0.5\nautostart = no\n");
    daemon_do(daemon, "start", "app", true);
    free(daemon_wait_file(daemon, "pids", "\n", 5000));
    daemon_do(daemon, "restart", "db", false);
    daemon_do(daemon, "stop", "db", true);
    daemon_do(daemon, "stop", "app", true);
    cr_expect_str_eq(daemon_status(daemon, "app").status, "stopped");
    cr_expect_str_eq(daemon_status(daemon, "db").status, "stopped");
}

Test(asked, what_is_required_cannot_be_removed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:db]\ncmd = @CHILD@ run\n"
                          "[watcher:app]\ncmd = @CHILD@ run\nrequires = db\n");
    struct ph_error err = daemon_call_refused(daemon, "rm", "{'name': 'db'}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'db' cannot be removed: 'app' requires it");
    daemon_call_do(daemon, "rm", "{'name': 'app'}");
    daemon_call_do(daemon, "rm", "{'name': 'db'}");
}

/* The kernel kills the children of a killed daemon, but not theirs: the next daemon does. */
Test(asked, what_a_killed_daemon_has_left_behind_is_killed_by_the_next)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\nautostart = no\n"
        "cmd = sh -c 'setsid sleep 1000 & echo $! >@DIR@/new; mv @DIR@/new @DIR@/pid; wait'\n");
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_freep) char *text = daemon_wait_file(daemon, "pid", "\n", 5000);
    ph_cleanup(ph_closep) int grandchild = process_open((pid_t)strtol(text, NULL, 10));
    cr_assert_eq(kill(daemon_pid(daemon), SIGKILL), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), -SIGKILL);
    daemon_launch(daemon, NULL);
    daemon_wait_log(daemon, "') of an earlier plughostd was left behind and is killed", 5000);
    cr_expect(process_wait_gone(grandchild, 5000));
    daemon_await(daemon);
}

Test(asked, a_quit_that_waits_waits_for_those_that_were_removed_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\n"
                          "graceful_timeout = 0.5\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_freep) char *pids = daemon_wait_file(daemon, "pids", "\n", 5000);
    ph_cleanup(ph_closep) int child = process_open((pid_t)strtol(pids, NULL, 10));
    daemon_call_do(daemon, "rm", "{'name': 'web', 'nostop': true}");
    daemon_call_do(daemon, "quit", "{'waiting': true}");
    cr_expect(process_wait_gone(child, 0));
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(asked, a_name_is_free_again_when_the_removed_one_is_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\n"
                          "graceful_timeout = 0.5\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "pids", "\n", 5000));
    ph_cleanup(raw_destroy) raw_t *rm =
        daemon_send(daemon, "rm", "{'name': 'web', 'waiting': true}");
    daemon_pass_event(daemon, "watcher.web.kill", 5000);
    struct ph_error err = daemon_call_refused(daemon, "add", "{'name': 'Web', 'cmd': 'sleep 9'}");
    cr_expect_str_eq(err.message, "the 'Web' that was removed is still being stopped");
    call_expect_done(rm, 10000);
    daemon_call_do(daemon, "add", "{'name': 'Web', 'cmd': 'sleep 9'}");
}

Test(asked, statistics_come_again_after_there_was_no_process)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 0\nstats = 0.1\n");
    daemon_call_do(daemon, "incr", "{'name': 'web', 'waiting': true}");
    daemon_pass_event(daemon, "watcher.web.stats", 10000);
    daemon_call_do(daemon, "decr", "{'name': 'web', 'waiting': true}");
    daemon_call_do(daemon, "incr", "{'name': 'web', 'waiting': true}");
    daemon_pass_event(daemon, "watcher.web.stats", 10000);
}

Test(asked, a_start_on_demand_that_a_hook_refused_is_tried_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[socket:s]\npath = @DIR@/s\n[watcher:web]\non_demand = yes\n"
                          "cmd = @CHILD@ run $(circus.sockets.s)\n"
                          "hooks.before_start = test -e @DIR@/may-start\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "s");
    int connection = connect_to(path);
    daemon_pass_event(daemon, "watcher.web.hook_failure", 10000);
    daemon_touch(daemon, "may-start");
    daemon_pass_event(daemon, "watcher.web.spawn", 10000);
    close(connection);
}
