/* A process that dies comes back; one that cannot live is tried less and less often. */
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <math.h>
#include <processes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(restart, .timeout = 60);

Test(restart, a_killed_process_comes_back_with_a_new_pid)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(first, SIGKILL), 0);
    pid_t second = daemon_wait_started(daemon, "web", 5000);
    cr_expect_neq(second, first);
}

Test(restart, the_first_death_of_a_process_that_ran_is_answered_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(first, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    ph_cleanup(ph_event_destroy) ph_event_t *spawn =
        daemon_wait_event(daemon, "watcher.web.spawn", 5000);
    /* No backoff event lies between the two, nor anything else. */
    cr_expect_eq(ph_event_seq(spawn), ph_event_seq(reap) + 1);
    cr_expect_lt(ph_event_time(spawn) - ph_event_time(reap), 0.1);
}

Test(restart, status_says_what_killed_the_process_and_counts_the_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t first = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(first, SIGUSR2), 0);
    daemon_wait_started(daemon, "web", 5000);
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.reason, "killed by SIGUSR2");
    cr_expect_str_eq(state.status, "active");
    cr_expect_eq(state.restarts, 1);
}

Test(restart, each_process_of_a_watcher_is_replaced_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 3\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    pid_t first = daemon_status(daemon, "web").pid;
    cr_assert_eq(kill(first, SIGKILL), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.web.reap", 5000);
    ph_cleanup(ph_event_destroy) ph_event_t *ready =
        daemon_wait_event(daemon, "watcher.web.ready", 5000);
    cr_expect_eq((pid_t)event_number(reap, "process_pid"), first);
    cr_expect_eq((int)event_number(reap, "exit_code"), -SIGKILL);
    cr_expect_eq((int)event_number(reap, "wid"), 1);
    cr_expect_eq((int)event_number(ready, "wid"), 1);
    cr_expect_eq(daemon_status(daemon, "web").running, 3);
}

/* ---- what cannot be executed ---- */

/* Starts the watcher 'web', which cannot be executed, and checks the delays before its next tries,
 * and that error event, backoff event, status and log say `reason`. */
static void expect_backoff(daemon_t *daemon, const char *reason)
{
    static const double delays[] = {0.1, 0.2, 0.4, 0.5, 0.5};
    daemon_do(daemon, "start", "web", false);
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *error =
            daemon_wait_event(daemon, "watcher.web.error", 5000);
        ph_cleanup(ph_event_destroy) ph_event_t *backoff =
            daemon_wait_event(daemon, "watcher.web.backoff", 5000);
        cr_expect_float_eq(event_number(backoff, "delay"), delays[i], 1e-9);
        cr_expect_eq((size_t)event_number(backoff, "attempt"), i + 1);
        cr_expect_str_eq(event_text(error, "reason"), reason);
        cr_expect_str_eq(event_text(backoff, "reason"), reason);
    }
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.reason, reason);
    cr_expect_str_eq(state.status, "backoff");
    daemon_wait_log(daemon, reason, 1000);
}

#define POLICY "autostart = no\nrestart_jitter = 0\nrestart_delay_max = 0.5\n"

Test(restart, a_missing_program_backs_off_and_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = /nowhere/web --port 80\n" POLICY);
    expect_backoff(daemon, "could not execute '/nowhere/web': No such file or directory");
}

Test(restart, a_program_that_is_not_in_path_backs_off_and_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = gunicron\n" POLICY);
    expect_backoff(daemon, "could not execute 'gunicron': it is not in PATH");
}

/* Prepares a daemon whose watcher 'web' runs DIR/script, which is `content` with that mode. */
static daemon_t *start_with_script(const char *content, mode_t mode)
{
    daemon_t *daemon = daemon_prepare("[watcher:web]\ncmd = @DIR@/script\n" POLICY);
    char *script = daemon_path(daemon, "script");
    file_write(script, content);
    chmod(script, mode);
    free(script);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    return daemon;
}

static void expect_script_backoff(daemon_t *daemon, const char *why)
{
    char reason[600];
    snprintf(reason, sizeof reason, "could not execute '%s/script': %s", daemon_dir(daemon), why);
    expect_backoff(daemon, reason);
}

Test(restart, a_file_that_is_not_executable_backs_off_and_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script("#!/bin/sh\n", 0600);
    expect_script_backoff(daemon, "it has no permission to be executed");
}

Test(restart, a_script_without_its_interpreter_backs_off_and_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script("#!/nowhere/python\n", 0700);
    expect_script_backoff(daemon, "the interpreter that it names is missing");
}

Test(restart, a_file_of_an_unknown_kind_backs_off_and_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with_script("what is this?\n", 0700);
    expect_script_backoff(daemon, "it is neither a program nor a script that begins with #!");
}

Test(restart, a_missing_working_directory_backs_off_and_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ run\nworking_dir = /nowhere/at/all\n" POLICY);
    expect_backoff(
        daemon, "could not enter working directory '/nowhere/at/all': No such file or directory");
}

Test(restart, a_program_that_ends_at_once_backs_off_after_its_first_restart)
{
    static const double delays[] = {0.1, 0.2, 0.4};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ exit 3\n" POLICY);
    daemon_do(daemon, "start", "web", false);
    for (size_t i = 0; i < sizeof delays / sizeof delays[0]; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *backoff =
            daemon_wait_event(daemon, "watcher.web.backoff", 5000);
        cr_expect_float_eq(event_number(backoff, "delay"), delays[i], 1e-9);
        cr_expect_eq((size_t)event_number(backoff, "attempt"), i + 2);
        cr_expect_str_eq(event_text(backoff, "reason"), "exit status 3");
    }
}

Test(restart, a_program_that_is_mended_runs_at_its_next_try)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with_script("#!/bin/sh\nexec sleep 60\n", 0600);
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "backoff", 5000);
    char *script = daemon_path(daemon, "script");
    chmod(script, 0700);
    free(script);
    daemon_wait_status(daemon, "web", "active", 5000);
    cr_expect_eq(daemon_status(daemon, "web").restarts, 1);
}

/* ---- giving up ---- */

#define HOPELESS                                                                                   \
    "[watcher:web]\ncmd = @CHILD@ exit 1\nautostart = no\nrestart_jitter = 0\n"                    \
    "restart_delay = 0.01\nmax_restarts = 3\nfailed_retry = 0\n"

Test(restart, after_max_restarts_deaths_in_a_row_it_is_failed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HOPELESS);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *failed =
        daemon_wait_event(daemon, "watcher.web.failed", 5000);
    cr_expect_eq((int)event_number(failed, "attempt"), 4);
    cr_expect_str_eq(event_text(failed, "reason"), "4 deaths in a row, the last: exit status 1");
    cr_expect_null(ph_value_get(ph_event_body(failed), "delay"), "it is not tried again");

    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "failed");
    cr_expect_str_eq(state.reason, "exit status 1");
    cr_expect_eq(state.restarts, 3);
    daemon_wait_log(daemon, "web: 4 deaths in a row, the last: exit status 1", 1000);
}

Test(restart, a_start_after_it_has_failed_tries_as_often_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(HOPELESS);
    for (int i = 0; i < 2; i++) {
        daemon_do(daemon, "start", "web", false);
        ph_cleanup(ph_event_destroy) ph_event_t *failed =
            daemon_wait_event(daemon, "watcher.web.failed", 5000);
        cr_expect_eq((int)event_number(failed, "attempt"), 4);
    }
}

Test(restart, a_failed_process_is_tried_again_after_failed_retry)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ exit 1\nautostart = no\nrestart_jitter = 0\n"
        "restart_delay = 0.01\nmax_restarts = 1\nfailed_retry = 0.05\n");
    daemon_do(daemon, "start", "web", false);
    for (int i = 0; i < 3; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *failed =
            daemon_wait_event(daemon, "watcher.web.failed", 5000);
        cr_expect_float_eq(event_number(failed, "delay"), 0.05, 1e-9);
        ph_cleanup(ph_event_destroy) ph_event_t *spawn =
            daemon_wait_event(daemon, "watcher.web.spawn", 5000);
        cr_expect_geq(ph_event_time(spawn) - ph_event_time(failed), 0.049);
    }
}

Test(restart, a_process_that_ran_long_enough_begins_a_new_row)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nstable_after = 1\nmax_restarts = 1\n");
    for (int i = 0; i < 3; i++) {
        pid_t pid = daemon_wait_started(daemon, "web", 5000);
        int pidfd = process_open(pid);
        cr_assert(!process_wait_gone(pidfd, 1100), "it has ended by itself");
        close(pidfd);
        cr_assert_eq(kill(pid, SIGKILL), 0);
    }
    daemon_wait_started(daemon, "web", 5000);
    cr_expect_eq(daemon_status(daemon, "web").restarts, 3);
}

Test(restart, jitter_adds_at_most_its_share)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = /nowhere/web\nautostart = no\nrestart_jitter = 0.5\n"
        "restart_delay = 0.05\n");
    daemon_do(daemon, "start", "web", false);
    for (int i = 0; i < 3; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *backoff =
            daemon_wait_event(daemon, "watcher.web.backoff", 5000);
        double base = 0.05 * pow(2, i);
        cr_expect_geq(event_number(backoff, "delay"), base);
        cr_expect_leq(event_number(backoff, "delay"), base * 1.5);
    }
}
