/* A reload replaces processes without a gap: the successor runs before the old one is stopped. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(reload, .timeout = 60);

/* Its processes are ready once DIR/go is there; while DIR/broken is there they end with 3. */
#define WEB                                                                                        \
    "[watcher:web]\nshell = yes\nautostart = no\nnotify_fd = 3\n"                                  \
    "cmd = test -e @DIR@/broken && { echo it is broken; exit 3; }; "                               \
    "until test -e @DIR@/go; do sleep 0.02; done; echo >&3; exec sleep 1000\n"
#define PREFIX "watcher.web."

/* Starts 'web', whose processes come up; if `is_gated`, those that follow do not for now. */
static daemon_t *start_web(const char *text, bool is_gated)
{
    daemon_t *daemon = daemon_prepare(text);
    daemon_touch(daemon, "go");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_do(daemon, "start", "web", true);
    daemon_pass_event(daemon, PREFIX "ready", 5000);
    if (is_gated)
        daemon_remove(daemon, "go");
    return daemon;
}

static pid_t wait_pid(daemon_t *daemon, const char *topic)
{
    ph_cleanup(ph_event_destroy) ph_event_t *event = daemon_wait_event(daemon, topic, 5000);
    return (pid_t)event_number(event, "process_pid");
}

static void expect_pids(daemon_t *daemon, const pid_t *pids, size_t count)
{
    pid_t now[16];
    cr_assert_eq(daemon_pids(daemon, "web", now, 16), count);
    for (size_t i = 0; i < count; i++)
        cr_expect_eq(now[i], pids[i], "%d instead of %d", (int)now[i], (int)pids[i]);
}

/* ---- one for another ---- */

Test(reload, the_successor_runs_before_the_old_process_is_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, true);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "reload", "web", false);
    pid_t fresh = wait_pid(daemon, PREFIX "spawn");
    cr_expect_neq(fresh, old);
    expect_pids(daemon, (pid_t[]){old, fresh}, 2);
    daemon_touch(daemon, "go");
    cr_expect_eq(wait_pid(daemon, PREFIX "ready"), fresh);
    cr_expect_eq(wait_pid(daemon, PREFIX "kill"), old);
    cr_expect_eq(wait_pid(daemon, PREFIX "reap"), old);
    daemon_call_do(daemon, "start", "{'name': 'web', 'waiting': true}");
    expect_pids(daemon, &fresh, 1);
}

Test(reload, with_waiting_it_answers_when_the_old_processes_are_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 3\n", false);
    pid_t old[3], fresh[4];
    cr_assert_eq(daemon_pids(daemon, "web", old, 3), 3);
    daemon_do(daemon, "reload", "web", true);
    cr_assert_eq(daemon_pids(daemon, "web", fresh, 4), 3);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(kill(old[i], 0), -1, "process %d is left", (int)old[i]);
        cr_expect_eq(kill(fresh[i], 0), 0);
    }
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "active");
    cr_expect_eq(state.running, 3);
}

Test(reload, its_end_is_an_event_with_the_reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, false);
    daemon_do(daemon, "reload", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, PREFIX "reload", 5000);
    ph_cleanup(ph_freep) char *reason =
        ph_format("command 'reload' from uid %d pid %d", (int)getuid(), (int)getpid());
    cr_expect_str_eq(event_text(event, "reason"), reason);
}

Test(reload, all_processes_get_a_successor_at_the_same_time)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 3\n", true);
    daemon_pass_event(daemon, PREFIX "ready", 5000);
    daemon_pass_event(daemon, PREFIX "ready", 5000);
    daemon_do(daemon, "reload", "web", false);
    for (int i = 0; i < 3; i++)
        wait_pid(daemon, PREFIX "spawn");
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[9]){0}, 9), 6);
    cr_expect_eq(daemon_status(daemon, "web").running, 3);
    daemon_touch(daemon, "go");
    daemon_pass_event(daemon, PREFIX "reload", 5000);
    daemon_do(daemon, "reload", "web", true);
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[9]){0}, 9), 3);
}

Test(reload, a_sequential_one_replaces_one_after_the_other)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 3\n", false);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "reload", "{'name': 'web', 'sequential': true, 'waiting': true}");
    ph_cleanup(ph_freep) char *actions =
        daemon_actions_until(daemon, PREFIX, PREFIX "reload", 5000);
    call_expect_done(client, 5000);
    const char *at = strstr(actions, "spawn");
    for (int i = 0; i < 3; i++) {
        const char *ready = at ? strstr(at, "ready") : NULL;
        const char *ended = ready ? strstr(ready, "kill") : NULL;
        const char *next = at ? strstr(at + 1, "spawn") : NULL;
        cr_assert(ended && (i == 2 ? !next : next > ended), "%s", actions);
        at = next;
    }
}

Test(reload, a_successor_that_dies_later_is_restarted_like_any_other)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, false);
    for (int i = 0; i < 2; i++) {
        daemon_do(daemon, "reload", "web", true);
        pid_t fresh = daemon_wait_started(daemon, "web", 5000);
        cr_assert_eq(kill(fresh, SIGKILL), 0);
        cr_expect_neq(daemon_wait_started(daemon, "web", 5000), fresh);
    }
}

Test(reload, one_that_is_stopped_is_started)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, false);
    daemon_do(daemon, "stop", "web", true);
    daemon_do(daemon, "reload", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(reload, one_that_is_stopped_starts_after_what_it_requires)
{
    static const char *const order[] = {"watcher.db.ready", "watcher.app.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:db]\ncmd = @CHILD@ run\nstartsecs = 0.1\nautostart = no\n"
                          "[watcher:app]\ncmd = @CHILD@ run\nrequires = db\nautostart = no\n");
    daemon_do(daemon, "reload", "app", true);
    daemon_expect_order(daemon, order, 5000);
}

Test(reload, one_that_waits_for_another_goes_on_waiting)
{
    static const char *const order[] = {"watcher.web.ready", "watcher.app.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "[watcher:app]\ncmd = @CHILD@ run\nrequires = web\nautostart = no\n");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_do(daemon, "reload", "app", false);
    cr_expect_str_eq(daemon_status(daemon, "app").status, "waiting");
    daemon_touch(daemon, "go");
    daemon_expect_order(daemon, order, 5000);
}

Test(reload, a_process_that_waits_for_its_next_try_is_tried_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(WEB "restart_delay = 600\nrestart_delay_max = 600\n");
    daemon_touch(daemon, "broken");
    daemon_touch(daemon, "go");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "backoff", 5000);
    daemon_remove(daemon, "broken");
    daemon_do(daemon, "reload", "web", true);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

/* ---- other ways ---- */

Test(reload, with_send_hup_the_processes_get_sighup_and_stay)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\nshell = yes\nautostart = no\nnotify_fd = 3\nsend_hup = yes\n"
        "cmd = trap 'echo hup >> @DIR@/hups' HUP; echo >&3; while :; do sleep 0.02; done\n"
        "numprocesses = 2\n");
    daemon_do(daemon, "start", "web", true);
    pid_t pids[2];
    cr_assert_eq(daemon_pids(daemon, "web", pids, 2), 2);
    daemon_do(daemon, "reload", "web", true);
    free(daemon_wait_file(daemon, "hups", "hup\nhup\n", 5000));
    expect_pids(daemon, pids, 2);
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            daemon_wait_event(daemon, PREFIX "signal", 5000);
        cr_expect_str_eq(event_text(event, "signal"), "SIGHUP");
        cr_expect_eq((pid_t)event_number(event, "process_pid"), pids[i]);
    }
    daemon_pass_event(daemon, PREFIX "reload", 5000);
}

Test(reload, without_graceful_the_old_process_is_stopped_first)
{
    static const char *const order[] = {PREFIX "reap", PREFIX "stop", PREFIX "spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, false);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_call_do(daemon, "reload", "{'name': 'web', 'graceful': false, 'waiting': true}");
    daemon_expect_order(daemon, order, 5000);
    cr_expect_neq(daemon_status(daemon, "web").pid, old);
}

Test(reload, a_singleton_never_has_two_processes)
{
    static const char *const order[] = {PREFIX "reap", PREFIX "spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "singleton = yes\n", false);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "reload", "web", true);
    daemon_expect_order(daemon, order, 5000);
    cr_expect_neq(daemon_status(daemon, "web").pid, old);
}

/* ---- a successor that does not come up ---- */

static void expect_untouched(daemon_t *daemon, const pid_t *pids, size_t count)
{
    struct watcher_state state = daemon_status(daemon, "web");
    cr_expect_str_eq(state.status, "active");
    cr_expect_eq(state.running, (int64_t)count);
    expect_pids(daemon, pids, count);
}

Test(reload, a_program_that_does_not_come_up_leaves_the_old_processes_and_is_told)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 2\n", false);
    pid_t old[2];
    cr_assert_eq(daemon_pids(daemon, "web", old, 2), 2);
    daemon_touch(daemon, "broken");
    struct ph_error err = daemon_call_refused(daemon, "reload", "{'name': 'web', 'waiting': true}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "'web': the new process did not come up: exit status 3");
    expect_untouched(daemon, old, 2);
    ph_cleanup(ph_event_destroy) ph_event_t *error =
        daemon_wait_event(daemon, PREFIX "error", 5000);
    cr_expect_str_eq(event_text(error, "reason"), "the new process did not come up: exit status 3");
}

Test(reload, a_sequential_one_is_given_up_at_the_first_failure)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 3\n", false);
    pid_t old[3];
    cr_assert_eq(daemon_pids(daemon, "web", old, 3), 3);
    daemon_touch(daemon, "broken");
    struct ph_error err = daemon_call_refused(
        daemon, "reload", "{'name': 'web', 'sequential': true, 'waiting': true}");
    cr_expect_str_eq(err.message, "'web': the new process did not come up: exit status 3");
    expect_untouched(daemon, old, 3);
    cr_expect_eq(daemon_status(daemon, "web").restarts, 0, "nobody who was well died");
}

Test(reload, a_successor_that_is_not_ready_in_time_is_given_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "startup_timeout = 0.3\n", true);
    pid_t old = daemon_status(daemon, "web").pid;
    struct ph_error err = daemon_call_refused(daemon, "reload", "{'name': 'web', 'waiting': true}");
    cr_expect_str_eq(err.message, "'web': the new process did not come up: start timed out: it was "
                                  "not ready within 0.3 s");
    expect_untouched(daemon, &old, 1);
}

Test(reload, after_one_that_was_given_up_the_next_one_works)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, false);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_touch(daemon, "broken");
    daemon_call_refused(daemon, "reload", "{'name': 'web', 'waiting': true}");
    daemon_remove(daemon, "broken");
    daemon_do(daemon, "reload", "web", true);
    cr_expect_neq(daemon_status(daemon, "web").pid, old);
    cr_expect_str_eq(daemon_status(daemon, "web").reason, "", "all is well again");
}

/* ---- other commands in the middle ---- */

Test(reload, a_stop_in_the_middle_ends_old_and_new)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, true);
    pid_t old = daemon_status(daemon, "web").pid;
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "reload", "{'name': 'web', 'waiting': true}");
    pid_t fresh = wait_pid(daemon, PREFIX "spawn");
    daemon_do(daemon, "stop", "web", true);
    cr_expect_eq(kill(old, 0), -1);
    cr_expect_eq(kill(fresh, 0), -1);
    call_expect_refused(client, "another command came in between", 5000);
    daemon_touch(daemon, "go");
    daemon_do(daemon, "start", "web", true);
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[4]){0}, 4), 1);
}

Test(reload, a_decr_in_the_middle_gives_it_up_and_says_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 2\n", false);
    pid_t old[2];
    cr_assert_eq(daemon_pids(daemon, "web", old, 2), 2);
    daemon_remove(daemon, "go");
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "reload", "{'name': 'web', 'waiting': true}");
    while (daemon_pids(daemon, "web", (pid_t[9]){0}, 9) < 4)
        wait_pid(daemon, PREFIX "spawn");
    daemon_call_do(daemon, "decr", "{'name': 'web', 'waiting': true}");
    expect_untouched(daemon, old, 1);
    call_expect_refused(client, "another command came in between", 5000);
}

Test(reload, a_process_that_dies_in_the_middle_is_replaced_all_the_same)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB, true);
    pid_t old = daemon_status(daemon, "web").pid;
    ph_cleanup(raw_destroy) raw_t *client =
        daemon_send(daemon, "reload", "{'name': 'web', 'waiting': true}");
    wait_pid(daemon, PREFIX "spawn");
    cr_assert_eq(kill(old, SIGKILL), 0);
    cr_expect_eq(wait_pid(daemon, PREFIX "reap"), old);
    daemon_touch(daemon, "go");
    call_expect_done(client, 5000);
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[4]){0}, 4), 1);
    cr_expect_str_eq(daemon_status(daemon, "web").status, "active");
}

Test(reload, a_second_one_in_the_middle_of_the_first_ends_with_new_processes_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 2\n", false);
    pid_t old[2];
    cr_assert_eq(daemon_pids(daemon, "web", old, 2), 2);
    daemon_remove(daemon, "go");
    daemon_do(daemon, "reload", "web", false);
    while (daemon_pids(daemon, "web", (pid_t[9]){0}, 9) < 4)
        wait_pid(daemon, PREFIX "spawn");
    daemon_do(daemon, "reload", "web", false);
    daemon_touch(daemon, "go");
    daemon_do(daemon, "reload", "web", true);
    cr_expect_eq(daemon_pids(daemon, "web", (pid_t[9]){0}, 9), 2);
    cr_expect_eq(kill(old[0], 0), -1);
    cr_expect_eq(kill(old[1], 0), -1);
}

Test(reload, the_daemon_ends_in_the_middle_of_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_web(WEB "numprocesses = 2\n", true);
    daemon_do(daemon, "reload", "web", false);
    wait_pid(daemon, PREFIX "spawn");
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

/* ---- age ---- */

Test(reload, a_process_that_has_reached_max_age_is_replaced_without_a_gap)
{
    static const char *const steps[] = {"spawn", "ready", "kill", "reap"};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web(WEB "max_age = 0.5\nmax_age_variance = 0\n", false);
    pid_t old = daemon_status(daemon, "web").pid;
    for (size_t i = 0; i < 4; i++) {
        ph_cleanup(ph_freep) char *topic = ph_format(PREFIX "%s", steps[i]);
        ph_cleanup(ph_event_destroy) ph_event_t *event = daemon_wait_event(daemon, topic, 5000);
        cr_expect_eq((pid_t)event_number(event, "process_pid") == old, i >= 2, "%s", steps[i]);
        if (i == 2)
            cr_expect_str_eq(event_text(event, "reason"), "max_age is reached");
        if (i == 3)
            cr_expect_geq(event_number(event, "uptime"), 0.5);
    }
}

Test(reload, a_singleton_of_max_age_is_stopped_before_its_successor_starts)
{
    static const char *const order[] = {PREFIX "kill", PREFIX "reap", PREFIX "spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web(WEB "singleton = yes\nmax_age = 0.3\nmax_age_variance = 0\n", false);
    daemon_expect_order(daemon, order, 5000);
}

Test(reload, a_process_that_could_not_be_replaced_at_its_age_is_tried_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_web(WEB "max_age = 0.3\nmax_age_variance = 0\n", false);
    pid_t old = daemon_status(daemon, "web").pid;
    daemon_touch(daemon, "broken");
    daemon_pass_event(daemon, PREFIX "error", 5000);
    cr_expect_eq(kill(old, 0), 0);
    daemon_remove(daemon, "broken");
    while (wait_pid(daemon, PREFIX "kill") != old)
        continue;
}
