/* What is done after an end that was not asked for, how it is explained, and signals on demand. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(restart_policy, .timeout = 60);

#define WATCHER "[watcher:web]\nautostart = no\nrestart_jitter = 0\nrestart_delay = 0.01\n"
#define EXITS(code) WATCHER "cmd = @CHILD@ exit " code "\n"
#define RUNS WATCHER "cmd = @CHILD@ run\n"

/* Writes a letter to DIR/spawns each time that it is started, and goes on with `rest`. */
#define COUNTED(rest) WATCHER "shell = yes\ncmd = printf x >> @DIR@/spawns; " rest "\n"

static size_t count_spawns(daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "spawns");
    ph_cleanup(ph_freep) char *text = file_read(path);
    return text ? strlen(text) : 0;
}

static void expect_stop(daemon_t *daemon, const char *reason)
{
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.web.stop", 5000);
    cr_expect_str_eq(event_text(event, "reason"), reason);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

static const ph_value_t *first_watcher(const ph_message_t *why)
{
    return ph_value_at(ph_value_get(ph_message_body(why), "watchers"), 0);
}

static const ph_value_t *death_at(const ph_message_t *why, size_t index)
{
    return ph_value_at(ph_value_get(first_watcher(why), "deaths"), index);
}

static size_t death_count(const ph_message_t *why)
{
    return ph_value_size(ph_value_get(first_watcher(why), "deaths"));
}

static const char *cause_of(const ph_value_t *death)
{
    return ph_value_string(ph_value_get(death, "cause"), "");
}

static double number_of(const ph_value_t *death, const char *key)
{
    return ph_value_float(ph_value_get(death, key), -100);
}

/* ---- which ends are answered ---- */

Test(restart_policy, without_respawn_the_watcher_stops_when_all_its_processes_have_ended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(COUNTED("exec @CHILD@ exit 0") "respawn = no\nnumprocesses = 3\n");
    daemon_do(daemon, "start", "web", false);
    expect_stop(daemon, "all its processes have ended");
    cr_expect_eq(count_spawns(daemon), 3);
    cr_expect_eq(daemon_status(daemon, "web").restarts, 0);
}

Test(restart_policy, without_respawn_the_others_run_on_when_one_has_ended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(RUNS "respawn = no\nnumprocesses = 2\n");
    daemon_do(daemon, "start", "web", true);
    pid_t pids[3];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 3), 2);
    cr_assert_eq(kill(pids[0], SIGKILL), 0);
    daemon_pass_event(daemon, "watcher.web.reap", 5000);
    pid_t left[3];
    cr_assert_eq(daemon_pids(daemon, "web", left, 3), 1);
    cr_expect_eq(left[0], pids[1]);
    cr_assert_eq(kill(pids[1], SIGKILL), 0);
    expect_stop(daemon, "all its processes have ended");
}

Test(restart_policy, what_has_done_its_work_can_be_started_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(COUNTED("exec @CHILD@ exit 0") "respawn = no\n");
    for (size_t i = 1; i <= 3; i++) {
        daemon_do(daemon, "start", "web", false);
        expect_stop(daemon, "all its processes have ended");
        cr_expect_eq(count_spawns(daemon), i);
    }
}

Test(restart_policy, a_start_with_waiting_of_what_has_done_its_work_well_is_answered_with_ok)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(EXITS("0") "respawn = no\nstartsecs = 60\n");
    daemon_do(daemon, "start", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "stopped");
}

Test(restart_policy, a_start_with_waiting_of_what_has_failed_at_its_work_is_refused)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(EXITS("3") "respawn = no\nstartsecs = 60\n");
    struct ph_error err = daemon_call_refused(daemon, "start", "{'name': 'web', 'waiting': true}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web' is not up but in 'stopped': exit status 3");
}

Test(restart_policy, on_failure_does_not_restart_after_a_success)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(COUNTED("exec @CHILD@ exit 0") "restart = on-failure\n");
    daemon_do(daemon, "start", "web", false);
    expect_stop(daemon, "all its processes have ended");
    cr_expect_eq(count_spawns(daemon), 1);
}

Test(restart_policy, on_failure_restarts_after_a_failure_and_after_a_signal)
{
    static const char *const ends[] = {"exit 3", "kill -KILL $$"};
    for (size_t i = 0; i < 2; i++) {
        ph_cleanup(ph_freep) char *text = ph_format(
            COUNTED("if test $(wc -c < @DIR@/spawns) = 1; then %s; fi; exit 0") "restart = "
                                                                                "on-failure\n",
            ends[i]);
        ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
        daemon_do(daemon, "start", "web", false);
        expect_stop(daemon, "all its processes have ended");
        cr_expect_eq(count_spawns(daemon), 2, "after '%s'", ends[i]);
    }
}

Test(restart_policy, success_exit_says_which_statuses_are_no_failure)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(COUNTED(
        "test $(wc -c < @DIR@/spawns) = 1 && exit 0; exit 75") "restart = on-failure\nsuccess_exit "
                                                               "= 3 75\n");
    daemon_do(daemon, "start", "web", false);
    expect_stop(daemon, "all its processes have ended");
    cr_expect_eq(count_spawns(daemon), 2, "0 is a failure here, 75 is none");
}

Test(restart_policy, never_restarts_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(COUNTED("exec @CHILD@ exit 3") "restart = never\n");
    daemon_do(daemon, "start", "web", false);
    expect_stop(daemon, "all its processes have ended");
    cr_expect_eq(count_spawns(daemon), 1);
    cr_expect_str_eq(daemon_status(daemon, "web").reason, "exit status 3");
}

/* ---- giving up, and trying again ---- */

#define MENDABLE                                                                                   \
    WATCHER "shell = yes\ncmd = test -e @DIR@/mended && exec sleep 1000; exit 3\nmax_restarts = "  \
            "2\n"

Test(restart_policy, a_reset_of_what_has_failed_tries_it_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(MENDABLE "failed_retry = 0\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *failed =
        daemon_wait_event(daemon, "watcher.web.failed", 5000);
    cr_expect_eq((int)event_number(failed, "attempt"), 3);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "failed");
    daemon_touch(daemon, "mended");
    daemon_do(daemon, "reset", "web", false);
    daemon_wait_status(daemon, "web", "active", 5000);
    cr_expect_eq(daemon_status(daemon, "web").attempt, 0);
}

Test(restart_policy, a_reset_of_what_is_still_broken_counts_anew)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(MENDABLE "failed_retry = 0\n");
    daemon_do(daemon, "start", "web", false);
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *failed =
            daemon_wait_event(daemon, "watcher.web.failed", 5000);
        cr_expect_eq((int)event_number(failed, "attempt"), 3);
        daemon_do(daemon, "reset", "web", false);
    }
}

Test(restart_policy, what_has_failed_comes_back_by_failed_retry_once_it_is_mended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(MENDABLE "failed_retry = 0.1\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "failed", 5000);
    daemon_touch(daemon, "mended");
    daemon_wait_status(daemon, "web", "active", 5000);
}

Test(restart_policy, a_reset_of_what_waits_for_its_next_try_tries_it_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\nshell = yes\ncmd = test -e @DIR@/mended && exec sleep 1000; exit 3\n"
        "autostart = no\nrestart_delay = 600\nrestart_delay_max = 600\nstartsecs = 0.05\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "backoff", 5000);
    daemon_touch(daemon, "mended");
    daemon_call_do(daemon, "reset", "{}");
    daemon_wait_status(daemon, "web", "active", 5000);
}

Test(restart_policy, a_reset_leaves_alone_what_runs_and_what_is_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(RUNS "[watcher:other]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "reset", NULL, false);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
    cr_expect_str_eq(daemon_status(daemon, "other").status, "stopped");
}

Test(restart_policy, status_tells_attempt_next_time_and_cause)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\ncmd = @CHILD@ exit 3\nautostart = no\nrestart_delay = 300\n"
        "restart_delay_max = 300\nstartsecs = 60\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "backoff", 5000);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", "web", false);
    const ph_value_t *process = ph_value_at(ph_value_get(first_watcher(reply), "processes"), 0);
    cr_expect_eq((int)number_of(process, "attempt"), 1);
    cr_expect_gt(number_of(process, "retry_in"), 290.0);
    cr_expect_leq(number_of(process, "retry_in"), 330.0);
    cr_expect_str_eq(cause_of(process), "exit status 3");
}

static void expect_failed_after(const char *options, int deaths)
{
    ph_cleanup(ph_freep) char *text = ph_format(EXITS("1") "failed_retry = 0\n%s", options);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *failed =
        daemon_wait_event(daemon, "watcher.web.failed", 5000);
    cr_expect_eq((int)event_number(failed, "attempt"), deaths, "%d deaths with %s",
                 (int)event_number(failed, "attempt"), options);
}

Test(restart_policy, the_names_of_circus_mean_what_the_manual_says)
{
    expect_failed_after("flapping.attempts = 2\nflapping.max_retry = 2\n", 5);
    expect_failed_after("flapping.attempts = 1\nflapping.max_retry = 3\n", 4);
    expect_failed_after("max_retry = 2\n", 3);
    expect_failed_after("max_retry = 9\nflapping.attempts = 9\nmax_restarts = 1\n", 2);
}

Test(restart_policy, with_flapping_not_active_it_is_never_given_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        EXITS("1") "flapping.active = no\nrestart_delay_max = 0.01\nmax_retry = 1\n");
    daemon_do(daemon, "start", "web", false);
    for (int i = 2; i < 12; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            daemon_wait_event(daemon, "watcher.web.backoff", 5000);
        cr_expect_eq((int)event_number(event, "attempt"), i);
    }
}

/* ---- why ---- */

Test(restart_policy, why_tells_each_death_with_cause_times_and_output)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        WATCHER "shell = yes\ncmd = echo out; echo err >&2; exit 3\nmax_restarts = 1\n"
                "failed_retry = 0\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "failed", 5000);
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", "web", false);
    cr_expect_str_eq(ph_value_string(ph_value_get(first_watcher(why), "name"), ""), "web");
    cr_expect_str_eq(ph_value_string(ph_value_get(first_watcher(why), "status"), ""), "failed");
    cr_assert_eq(death_count(why), 2);
    for (size_t i = 0; i < 2; i++) {
        const ph_value_t *death = death_at(why, i);
        const char *output = ph_value_string(ph_value_get(death, "output"), "");
        cr_expect_str_eq(cause_of(death), "exit status 3");
        cr_expect_eq((int)number_of(death, "exit_code"), 3);
        cr_expect_eq((int)number_of(death, "attempt"), 2 - (int)i, "the newest comes first");
        cr_expect_eq((int)number_of(death, "wid"), 1);
        cr_expect_gt((int)number_of(death, "pid"), 1);
        cr_expect(number_of(death, "uptime") >= 0 && number_of(death, "uptime") < 10);
        cr_expect_gt(number_of(death, "time"), 1.7e9);
        cr_expect_geq(number_of(death, "user_time"), 0.0);
        cr_expect_geq(number_of(death, "system_time"), 0.0);
        cr_expect_gt(number_of(death, "max_rss"), 100000.0);
        cr_expect(strstr(output, "out") && strstr(output, "err"), "'%s'", output);
    }
    cr_expect_geq(number_of(death_at(why, 0), "time"), number_of(death_at(why, 1), "time"));
}

Test(restart_policy, why_tells_an_end_that_was_asked_for_and_by_whom)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(RUNS);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", "web", false);
    ph_cleanup(ph_freep) char *cause =
        ph_format("stopped: command 'stop' from uid %d pid %d (killed by SIGTERM)", (int)getuid(),
                  (int)getpid());
    cr_assert_eq(death_count(why), 1);
    cr_expect_str_eq(cause_of(death_at(why, 0)), cause);
    cr_expect_eq((int)number_of(death_at(why, 0), "attempt"), 0);
    cr_expect_eq((int)number_of(death_at(why, 0), "exit_code"), -SIGTERM);
}

Test(restart_policy, why_tells_a_program_that_could_not_be_executed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WATCHER "cmd = /nowhere/web\nmax_restarts = 1\nfailed_retry = 0\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "failed", 5000);
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", "web", false);
    const ph_value_t *death = death_at(why, 0);
    cr_assert_eq(death_count(why), 2);
    cr_expect_str_eq(cause_of(death),
                     "could not execute '/nowhere/web': No such file or directory");
    cr_expect_eq((int)number_of(death, "wid"), 1);
    cr_expect_null(ph_value_get(death, "pid"));
    cr_expect_null(ph_value_get(death, "uptime"));
}

Test(restart_policy, why_tells_a_start_that_timed_out)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        RUNS "notify_fd = 3\nstartup_timeout = 0.1\nmax_restarts = 1\nfailed_retry = 0\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "failed", 5000);
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", "web", false);
    cr_expect_str_eq(cause_of(death_at(why, 0)), "start timed out: it was not ready within 0.1 s");
}

Test(restart_policy, why_keeps_the_last_ten_deaths)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        EXITS("3") "restart_delay_max = 0.01\nmax_restarts = 14\nfailed_retry = 0\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "failed", 5000);
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", NULL, false);
    cr_assert_eq(death_count(why), 10);
    for (size_t i = 0; i < 10; i++)
        cr_expect_eq((int)number_of(death_at(why, i), "attempt"), 15 - (int)i);
}

Test(restart_policy, why_shows_at_most_the_last_twenty_lines_of_output)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        WATCHER "shell = yes\nrestart = never\n"
                "cmd = i=0; while [ $i -lt 50 ]; do i=$((i + 1)); echo line $i; done; exit 1\n");
    daemon_do(daemon, "start", "web", false);
    expect_stop(daemon, "all its processes have ended");
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", "web", false);
    const char *output = ph_value_string(ph_value_get(death_at(why, 0), "output"), "");
    cr_expect_eq(strncmp(output, "line 31\n", 8), 0, "%s", output);
    cr_expect(strstr(output, "line 50"), "%s", output);
}

Test(restart_policy, what_never_died_has_nothing_to_explain)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(RUNS);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_message_destroy) ph_message_t *why = daemon_command(daemon, "why", "web", false);
    cr_expect_eq(death_count(why), 0);
    cr_expect_null(ph_value_get(first_watcher(why), "reason"));
}
