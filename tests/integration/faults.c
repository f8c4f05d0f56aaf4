/* What breaks around the daemon: it goes on, says what is wrong, and recovers by itself. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <processes.h>
#include <raw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(faults, .timeout = 60);

enum { WAIT_MS = 10000 };

#define OFTEN "autostart = no\nrestart_delay = 0.05\nrestart_delay_max = 0.1\nmax_restarts = 0\n"
#define WEB "[watcher:web]\ncmd = @CHILD@ run\n" OFTEN

/* Waits for an event and drops it. */
static void pass_event(daemon_t *daemon, const char *topic)
{
    ph_event_t *event = daemon_wait_event(daemon, topic, WAIT_MS);
    ph_event_destroy(&event);
}

/* Sets the soft limit of a resource of the daemon. Returns what it was. */
static rlim_t limit_daemon(const daemon_t *daemon, __rlimit_resource_t resource, rlim_t value)
{
    struct rlimit limit;
    cr_assert_eq(prlimit(daemon_pid(daemon), resource, NULL, &limit), 0);
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = value;
    cr_assert_eq(prlimit(daemon_pid(daemon), resource, &limit, NULL), 0);
    return before;
}

/* Starts 'web', which cannot be started, and checks that each try is a death which says why. */
static void expect_shortage(daemon_t *daemon, const char *why)
{
    daemon_do(daemon, "start", "web", false);
    for (int attempt = 1; attempt <= 3; attempt++) {
        ph_cleanup(ph_event_destroy) ph_event_t *error =
            daemon_wait_event(daemon, "watcher.web.error", WAIT_MS);
        ph_cleanup(ph_event_destroy) ph_event_t *backoff =
            daemon_wait_event(daemon, "watcher.web.backoff", WAIT_MS);
        cr_expect(strstr(event_text(error, "reason"), why), "%s", event_text(error, "reason"));
        cr_expect_eq((int)event_number(backoff, "attempt"), attempt);
    }
    cr_expect(strstr(daemon_status(daemon, "web").reason, why));
}

/* ---- exec ---- */

Test(faults, a_program_that_is_missing_is_a_death_which_why_tells)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @DIR@/late\n" OFTEN);
    ph_cleanup(ph_freep) char *program = daemon_path(daemon, "late");
    ph_cleanup(ph_freep) char *cause =
        ph_format("could not execute '%s': No such file or directory", program);
    expect_shortage(daemon, cause);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "why", "web", false);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *death = ph_value_at(ph_value_get(watcher, "deaths"), 0);
    cr_expect_str_eq(ph_value_string(ph_value_get(death, "cause"), ""), cause);
    cr_expect_eq(ph_value_int(ph_value_get(death, "exit_code"), 0), 127);
    cr_expect_null(ph_value_get(death, "pid"), "there never was a process");

    cr_assert_eq(symlink(TEST_CHILD, program), 0);
    pass_event(daemon, "watcher.web.spawn");
}

/* ---- nothing left of something ---- */

Test(faults, without_processes_left_each_try_is_a_death_and_it_recovers)
{
    processes_become_ordinary(); /* root has no such limit */
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    rlim_t before = limit_daemon(daemon, RLIMIT_NPROC, 1);
    expect_shortage(daemon, "could not start a process: out of processes");
    limit_daemon(daemon, RLIMIT_NPROC, before);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
}

Test(faults, a_user_with_too_many_processes_is_a_reason_of_its_own)
{
    /* Who is not root stays who he is, and exec does not ask then. */
    bool is_root = geteuid() == 0;
    unsigned uid = is_root ? 65534 : getuid(), gid = is_root ? 65534 : getgid();
    ph_cleanup(ph_freep) char *text =
        ph_format("[watcher:first]\ncmd = @CHILD@ run\nautostart = no\nuid = %u\ngid = %u\n"
                  "[watcher:web]\ncmd = /bin/true\nuid = %u\ngid = %u\nrlimit_nproc = 0\n" OFTEN,
                  uid, gid, uid, gid);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "first", true);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, is_root ? "watcher.web.error" : "watcher.web.reap", WAIT_MS);
    cr_expect_str_eq(event_text(event, is_root ? "reason" : "cause"),
                     is_root ? "could not execute '/bin/true': its user has too many processes"
                             : "exit status 0");
}

/* Returns the lowest number that the daemon has no descriptor for. */
static rlim_t free_descriptor(const daemon_t *daemon)
{
    for (rlim_t number = 0;; number++) {
        ph_cleanup(ph_freep) char *link =
            ph_format("/proc/%d/fd/%d", (int)daemon_pid(daemon), (int)number);
        struct stat status;
        if (lstat(link, &status) < 0)
            return number;
    }
}

Test(faults, without_descriptors_left_each_try_is_a_death_and_it_recovers)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    rlim_t before = limit_daemon(daemon, RLIMIT_NOFILE, free_descriptor(daemon));
    expect_shortage(daemon, "Too many open files");
    limit_daemon(daemon, RLIMIT_NOFILE, before);
    daemon_wait_status(daemon, "web", "active", WAIT_MS);
}

/* Waits for the next try to start 'web'. Returns whether it succeeded. */
static bool wait_try(daemon_t *daemon)
{
    for (;;) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            ph_client_receive(daemon_client(daemon), WAIT_MS, NULL);
        cr_assert(event, "there is no try");
        const char *action = ph_event_action(event);
        if (strcmp(action, "spawn") == 0 || strcmp(action, "error") == 0)
            return strcmp(action, "spawn") == 0;
    }
}

Test(faults, a_try_that_ran_out_of_descriptors_leaves_none_open)
{
    bool has_spawned = false;
    int failures = 0;
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[socket:http]\nport = 0\nso_reuseport = yes\n" WEB "args = $(circus.sockets.http)\n"
        "notify_fd = 9\n");
    size_t before = process_descriptors(daemon_pid(daemon));
    rlim_t first = free_descriptor(daemon);
    /* Each time there is room for one more, so that each step of the start is the one to fail. */
    for (rlim_t room = 0; !has_spawned; room++) {
        limit_daemon(daemon, RLIMIT_NOFILE, first + room);
        daemon_do(daemon, "start", "web", false);
        has_spawned = wait_try(daemon);
        daemon_do(daemon, "stop", "web", true);
        if (has_spawned)
            break; /* the look for orphans that follows opens some for a moment */
        cr_expect_eq(process_descriptors(daemon_pid(daemon)), before, "with room for %d",
                     (int)room);
        failures++;
    }
    cr_expect_geq(failures, 5);
}

Test(faults, watchers_that_run_do_not_notice_that_others_cannot_be_started)
{
    processes_become_ordinary();
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[watcher:well]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "well", true);
    pid_t pid = daemon_status(daemon, "well").pid;
    rlim_t before = limit_daemon(daemon, RLIMIT_NPROC, 1);
    expect_shortage(daemon, "out of processes");
    cr_expect_eq(daemon_status(daemon, "well").pid, pid);
    daemon_do(daemon, "stop", "well", true);
    cr_expect_str_eq(daemon_status(daemon, "well").status, "stopped");
    daemon_do(daemon, "stop", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
    limit_daemon(daemon, RLIMIT_NPROC, before); /* a sanitizer wants to fork at the end */
}

/* ---- stopped processes ---- */

static void freeze(pid_t pid)
{
    cr_assert_eq(kill(pid, SIGSTOP), 0);
}

Test(faults, a_process_that_somebody_froze_is_stopped_without_force)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ catch 15 @DIR@/caught\nautostart = no\n"
                          "graceful_timeout = 30\n");
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "caught", "ready\n", WAIT_MS));
    freeze(daemon_status(daemon, "web").pid);
    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    cr_expect_eq((int)event_number(reap, "exit_code"), 0);
    free(daemon_wait_file(daemon, "caught", "caught 15\n", WAIT_MS));
}

Test(faults, a_frozen_process_that_ignores_the_signal_is_killed_when_the_time_is_over)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ ignore-term @DIR@/pids\nautostart = no\n"
                          "graceful_timeout = 0.2\n");
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "pids", "\n", WAIT_MS));
    freeze(daemon_status(daemon, "web").pid);
    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    cr_expect_eq((int)event_number(reap, "exit_code"), -SIGKILL);
}

Test(faults, a_daemon_with_a_frozen_process_ends_in_order)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    daemon_do(daemon, "start", "web", true);
    freeze(daemon_status(daemon, "web").pid);
    daemon_do(daemon, "quit", NULL, false);
    cr_expect_eq(daemon_wait_end(daemon, WAIT_MS), 0);
}

/* ---- the wall clock is set back ---- */

enum { SET_BACK_S = 3600 };

/* Has a daemon whose wall clock goes back as soon as DIR/clock is there. */
static daemon_t *start_with_clock(const char *text)
{
    daemon_t *daemon = daemon_prepare(text);
    ph_cleanup(ph_freep) char *clock = daemon_path(daemon, "clock");
    setenv("TEST_CLOCK", clock, 1);
    daemon_launch_preloaded(daemon, TEST_SET_CLOCK);
    daemon_await(daemon);
    return daemon;
}

static void set_clock_back(const daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *clock = daemon_path(daemon, "clock");
    file_write(clock, "");
}

Test(faults, a_restart_comes_after_its_delay_when_the_clock_was_set_back_meanwhile)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_clock("[watcher:web]\ncmd = /nowhere/web\nautostart = no\nrestart_delay = 0.5\n"
                         "restart_delay_max = 0.5\nrestart_jitter = 0\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *first =
        daemon_wait_event(daemon, "watcher.web.backoff", WAIT_MS);
    set_clock_back(daemon);
    ph_cleanup(ph_event_destroy) ph_event_t *second =
        daemon_wait_event(daemon, "watcher.web.backoff", WAIT_MS);
    double after = ph_event_time(second) - ph_event_time(first) + SET_BACK_S;
    cr_expect_geq(after, 0.49, "it was %g s", after);
    cr_expect_lt(after, WAIT_MS / 1000.0, "the clock was not set back");
}

Test(faults, a_process_that_ran_well_is_restarted_at_once_though_the_clock_was_set_back)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_clock(WEB);
    daemon_do(daemon, "start", "web", true);
    set_clock_back(daemon);
    pid_t pid = daemon_wait_started(daemon, "web", WAIT_MS);
    cr_assert_eq(kill(pid, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", WAIT_MS);
    ph_cleanup(ph_event_destroy) ph_event_t *spawn =
        daemon_wait_event(daemon, "watcher.web.spawn", WAIT_MS);
    cr_expect_lt(ph_event_time(reap), ph_clock_wall() - SET_BACK_S / 2.0);
    cr_expect_geq(event_number(reap, "uptime"), 0);
    cr_expect_lt(event_number(reap, "uptime"), 60);
    cr_expect_eq(ph_event_seq(spawn), ph_event_seq(reap) + 1);
}

Test(faults, lines_from_before_and_after_the_clock_was_set_back_are_all_in_logs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_clock("[watcher:web]\ncmd = @CHILD@ print hello\nautostart = no\n"
                         "stdout_stream.filename = @DIR@/out\n");
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "out", "out: hello\n", WAIT_MS));
    set_clock_back(daemon);
    daemon_do(daemon, "restart", "web", true);
    free(daemon_wait_file(daemon, "out", "out: hello\nout: hello\n", WAIT_MS));
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "logs", "web", false);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(reply));
    cr_expect_eq(text_count(json, "out: hello"), 2, "%s", json);
}
