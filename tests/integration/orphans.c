/* The whole tree dies: also what called setsid, forked twice and closed its output.
 *
 * A stop is answered when those are gone that still hold the output of the process. One that has
 * closed it may live a moment longer; how long is checked here with some room for a busy machine.
 */
#include <alloc.h>
#include <calls.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(orphans, .timeout = 60);

enum { SOON_MS = 10000, LOOK_MS = 20 };

/* A helper that leaves session and group of its parent and is left by it; DIR/FILE gets its pid.
 * `redirect` stands behind its command. */
#define HELPER(file, redirect)                                                                     \
    "(setsid sh -c 'echo $$ > @DIR@/" file ".new; mv @DIR@/" file ".new @DIR@/" file "; "          \
    "exec sleep 1000' " redirect " &); "
#define CLOSED "< /dev/null > /dev/null 2>&1"
#define WATCHER(name) "[watcher:" name "]\nshell = yes\nautostart = no\n"
#define WEB(redirect) WATCHER("web") "cmd = " HELPER("helper", redirect) "exec sleep 1000\n"

/* Waits for the pid in DIR/NAME, and opens that process. */
static int open_helper(daemon_t *daemon, const char *name, pid_t *pid)
{
    ph_cleanup(ph_freep) char *text = daemon_wait_file(daemon, name, "\n", 5000);
    *pid = (pid_t)strtol(text, NULL, 10);
    int pidfd = process_open(*pid);
    cr_assert(!process_wait_gone(pidfd, 0), "it has ended by itself");
    return pidfd;
}

static daemon_t *start_web(const char *text)
{
    daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "web", true);
    return daemon;
}

/* There is no event for the end of what nobody asked for. */
static void let_time_pass(daemon_t *daemon)
{
    ph_event_t *event = ph_client_receive(daemon_client(daemon), LOOK_MS, NULL);
    ph_event_destroy(&event);
}

/* Waits until no process of that number is left, also no zombie. */
static bool wait_reaped(daemon_t *daemon, pid_t pid)
{
    int64_t deadline = ph_clock_ms() + SOON_MS;
    while (kill(pid, 0) == 0 && ph_clock_ms() < deadline)
        let_time_pass(daemon);
    return kill(pid, 0) < 0;
}

/* ---- at a stop ---- */

Test(orphans, a_helper_that_holds_the_output_is_gone_when_the_stop_is_answered)
{
    pid_t pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB(""));
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "helper", &pid);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(process_wait_gone(helper, 0));
    cr_expect_eq(kill(pid, 0), -1, "it must be reaped too");
}

Test(orphans, a_helper_that_has_closed_all_is_gone_soon_after_the_stop)
{
    pid_t pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB(CLOSED));
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "helper", &pid);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(process_wait_gone(helper, SOON_MS));
    cr_expect(wait_reaped(daemon, pid));
}

Test(orphans, what_a_helper_has_started_dies_with_it)
{
    pid_t pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(
        WATCHER("web") "cmd = (setsid sh -c 'setsid sh -c \"echo \\$\\$ > @DIR@/new; mv @DIR@/new "
                       "@DIR@/inner; exec sleep 1000\" & exec sleep 1000' " CLOSED
                       " &); exec sleep 1000\n");
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "inner", &pid);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(process_wait_gone(helper, SOON_MS));
}

Test(orphans, a_helper_that_ignores_signals_and_cleaned_its_environment_dies_too)
{
    pid_t pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WATCHER(
        "web") "cmd = (setsid env -i sh -c 'trap \"\" TERM HUP INT; echo $$ > @DIR@/new; "
               "mv @DIR@/new @DIR@/helper; while :; do sleep 1000; done' &); exec sleep 1000\n");
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "helper", &pid);
    (void)pid;
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    cr_expect(process_wait_gone(helper, 0));
}

Test(orphans, a_restart_kills_the_old_helper_and_leaves_the_new_one_alone)
{
    pid_t old_pid, new_pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB(CLOSED));
    ph_cleanup(ph_closep) int old = open_helper(daemon, "helper", &old_pid);
    daemon_remove(daemon, "helper");
    daemon_do(daemon, "restart", "web", true);
    ph_cleanup(ph_closep) int fresh = open_helper(daemon, "helper", &new_pid);
    cr_expect(process_wait_gone(old, SOON_MS));
    cr_expect(!process_wait_gone(fresh, 0));
    cr_expect_neq(old_pid, new_pid);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(process_wait_gone(fresh, SOON_MS));
}

Test(orphans, a_stop_leaves_the_helpers_of_other_watchers_alone)
{
    pid_t pid, other_pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(
        WEB(CLOSED) WATCHER("other") "cmd = " HELPER("friend", CLOSED) "exec sleep 1000\n");
    daemon_do(daemon, "start", "other", true);
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "helper", &pid);
    ph_cleanup(ph_closep) int other = open_helper(daemon, "friend", &other_pid);
    daemon_do(daemon, "stop", "web", true);
    cr_expect(process_wait_gone(helper, SOON_MS));
    cr_expect(!process_wait_gone(other, 0));
    daemon_do(daemon, "stop", "other", true);
    cr_expect(process_wait_gone(other, SOON_MS));
}

Test(orphans, a_decr_leaves_the_helpers_of_the_other_processes_alone)
{
    pid_t first_pid, second_pid;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web(WATCHER("web") "numprocesses = 2\ncmd = " HELPER("helper$(circus.wid)",
                                                                   CLOSED) "exec sleep 1000\n");
    ph_cleanup(ph_closep) int first = open_helper(daemon, "helper1", &first_pid);
    ph_cleanup(ph_closep) int second = open_helper(daemon, "helper2", &second_pid);
    daemon_call_do(daemon, "decr", "{'name': 'web', 'waiting': true}");
    cr_expect(process_wait_gone(second, SOON_MS));
    cr_expect(!process_wait_gone(first, 0));
}

/* ---- after a crash ---- */

static void expect_gone_after_crash(const char *text)
{
    pid_t old_pid, new_pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(text);
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    ph_cleanup(ph_closep) int old = open_helper(daemon, "helper", &old_pid);
    daemon_remove(daemon, "helper");
    cr_assert_eq(kill(first, SIGKILL), 0);
    daemon_wait_started(daemon, "web", 5000);
    ph_cleanup(ph_closep) int fresh = open_helper(daemon, "helper", &new_pid);
    cr_expect(process_wait_gone(old, SOON_MS));
    cr_expect(wait_reaped(daemon, old_pid));
    cr_expect(!process_wait_gone(fresh, 0), "that of the successor lives");
}

Test(orphans, after_a_crash_of_its_parent_a_helper_is_killed)
{
    expect_gone_after_crash(WEB(""));
}

Test(orphans, after_a_crash_of_its_parent_a_helper_that_has_closed_all_is_killed)
{
    expect_gone_after_crash(WEB(CLOSED));
}

Test(orphans, a_crash_is_answered_at_once_whatever_is_left_behind)
{
    pid_t pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB(""));
    pid_t first = daemon_status(daemon, "web").pid;
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "helper", &pid);
    cr_assert_eq(kill(first, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    ph_cleanup(ph_event_destroy) ph_event_t *spawn =
        daemon_wait_event(daemon, "watcher.web.spawn", 5000);
    cr_expect_eq(ph_event_seq(spawn), ph_event_seq(reap) + 1, "nothing comes in between");
    cr_expect(process_wait_gone(helper, SOON_MS));
}

/* ---- at the end of the daemon ---- */

static void expect_gone_at_the_end(const char *text)
{
    pid_t pid;
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(text);
    ph_cleanup(ph_closep) int helper = open_helper(daemon, "helper", &pid);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    cr_expect(process_wait_gone(helper, 0), "process %d is left", (int)pid);
}

Test(orphans, at_the_end_of_the_daemon_no_helper_is_left)
{
    expect_gone_at_the_end(WEB(""));
}

Test(orphans, at_the_end_of_the_daemon_no_helper_that_has_closed_all_is_left)
{
    expect_gone_at_the_end(WEB(CLOSED));
}

/* ---- zombies ---- */

static size_t count_zombies(pid_t parent)
{
    size_t count = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        char state = '?';
        int parent_of_it = 0;
        ph_cleanup(ph_freep) char *path = ph_format("/proc/%s/stat", entry->d_name);
        ph_cleanup(ph_freep) char *text =
            entry->d_name[0] >= '1' && entry->d_name[0] <= '9' ? file_read(path) : NULL;
        const char *rest = text ? strrchr(text, ')') : NULL;
        if (rest && sscanf(rest + 1, " %c %d", &state, &parent_of_it) == 2)
            count += state == 'Z' && parent_of_it == parent;
    }
    closedir(folder);
    return count;
}

Test(orphans, those_that_end_by_themselves_leave_no_zombie)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(
        WATCHER("web") "cmd = i=0; while [ $i -lt 50 ]; do i=$((i + 1)); (true & true &); done; "
                       "echo done > @DIR@/done; exec sleep 1000\n");
    free(daemon_wait_file(daemon, "done", "done\n", 5000));
    int64_t deadline = ph_clock_ms() + SOON_MS;
    while (count_zombies(daemon_pid(daemon)) > 0 && ph_clock_ms() < deadline)
        let_time_pass(daemon);
    cr_expect_eq(count_zombies(daemon_pid(daemon)), 0);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(orphans, many_stops_with_helpers_leave_no_zombie_and_no_process)
{
    enum { TIMES = 10 };
    pid_t pids[TIMES];
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB(CLOSED));
    for (int i = 0; i < TIMES; i++) {
        close(open_helper(daemon, "helper", &pids[i]));
        daemon_remove(daemon, "helper");
        daemon_do(daemon, "restart", "web", true);
    }
    for (int i = 0; i < TIMES; i++)
        cr_expect(wait_reaped(daemon, pids[i]), "process %d is left", (int)pids[i]);
    cr_expect_eq(count_zombies(daemon_pid(daemon)), 0);
}

/* ---- SIGKILL to the daemon ---- */

Test(orphans, with_on_daemon_death_kill_no_process_outlives_a_killed_daemon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web("[watcher:web]\ncmd = @CHILD@ run\nautostart = no\nnumprocesses = 3\n"
                  "on_daemon_death = kill\n");
    daemon_kill(daemon); /* which checks it */
}

Test(orphans, with_on_daemon_death_survive_the_processes_live_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web("[watcher:web]\ncmd = @CHILD@ run\nautostart = no\non_daemon_death = survive\n"
                  "[watcher:other]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "other", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    ph_cleanup(ph_closep) int survivor = process_open(pid);
    ph_cleanup(ph_closep) int other = process_open(daemon_status(daemon, "other").pid);
    cr_assert_eq(kill(daemon_pid(daemon), SIGKILL), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), -SIGKILL);
    cr_expect(process_wait_gone(other, SOON_MS));
    cr_expect(!process_wait_gone(survivor, 0));
    daemon_launch(daemon, NULL);
    ph_cleanup(ph_freep) char *told =
        ph_format("web: process %d ('test-child') of an earlier", pid);
    daemon_wait_log(daemon, told, 5000);
    cr_expect(!process_wait_gone(survivor, 0));
    cr_assert_eq(kill(pid, SIGKILL), 0);
    daemon_await(daemon);
}

Test(orphans, with_on_daemon_death_survive_a_usual_stop_and_end_work_as_ever)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web("[watcher:web]\ncmd = @CHILD@ run\nautostart = no\non_daemon_death = survive\n");
    ph_cleanup(ph_closep) int process = process_open(daemon_status(daemon, "web").pid);
    daemon_do(daemon, "quit", NULL, true);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    cr_expect(process_wait_gone(process, 0));
}
