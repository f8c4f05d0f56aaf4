/* Who is started and stopped when: by what watchers need of each other, and by priority. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(order, .timeout = 60);

/* A watcher that is ready once DIR/NAME is there; one that is ready at once; and one that is killed
 * 0.3 seconds after it was asked to end. */
#define GATED(name)                                                                                \
    "[watcher:" name "]\nshell = yes\nautostart = no\nnotify_fd = 3\n"                             \
    "cmd = until test -e @DIR@/" name "; do sleep 0.02; done; echo >&3; exec sleep 1000\n"
#define PLAIN(name) "[watcher:" name "]\ncmd = @CHILD@ run\nautostart = no\n"
#define STUBBORN(name)                                                                             \
    "[watcher:" name "]\nautostart = no\nshell = yes\ngraceful_timeout = 0.3\nnotify_fd = 3\n"     \
    "cmd = trap '' TERM; echo >&3; while :; do sleep 0.02; done\n"
#define HOPELESS(name)                                                                             \
    "[watcher:" name "]\ncmd = @CHILD@ exit 1\nautostart = no\nrestart_delay = 0.01\n"             \
    "max_restarts = 1\nfailed_retry = 0\nstartsecs = 5\n"

static void expect_reason(daemon_t *daemon, const char *name, const char *reason)
{
    struct watcher_state state = daemon_status(daemon, name);
    cr_expect_str_eq(state.reason, reason);
}

static void expect_status(daemon_t *daemon, const char *name, const char *status)
{
    struct watcher_state state = daemon_status(daemon, name);
    cr_expect_str_eq(state.status, status, "'%s' is '%s': %s", name, state.status, state.reason);
}

/* ---- starting ---- */

Test(order, what_requires_another_starts_it_and_waits_until_it_is_ready)
{
    static const char *const order[] = {"watcher.db.spawn", "watcher.db.ready", "watcher.app.start",
                                        "watcher.app.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GATED("db") PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    expect_reason(daemon, "app", "waits for 'db', which is starting");
    expect_status(daemon, "db", "starting");
    cr_expect_eq(daemon_status(daemon, "app").pid, 0);
    daemon_touch(daemon, "db");
    daemon_expect_order(daemon, order + 1, 5000);
    daemon_wait_status(daemon, "app", "active", 5000);
}

Test(order, a_start_with_waiting_is_answered_when_the_whole_chain_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("web") "requires = app\nstartsecs = 0.1\n" PLAIN(
            "app") "wants = db\n"
                   "startsecs = 0.1\n" PLAIN("db") "startsecs = 0.1\n");
    daemon_do(daemon, "start", "web", true);
    expect_status(daemon, "db", "active");
    expect_status(daemon, "app", "active");
    expect_status(daemon, "web", "active");
}

Test(order, a_program_is_ready_once_it_has_run_for_startsecs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") "startsecs = 0.3\n" PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", false);
    ph_cleanup(ph_event_destroy) ph_event_t *first =
        daemon_wait_event(daemon, "watcher.db.start", 5000);
    ph_cleanup(ph_event_destroy) ph_event_t *second =
        daemon_wait_event(daemon, "watcher.app.spawn", 5000);
    cr_expect_geq(ph_event_time(second) - ph_event_time(first), 0.29);
}

Test(order, a_program_with_notify_is_ready_when_it_says_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:db]\ncmd = @CHILD@-notifies @DIR@/go\nnotify = yes\n"
                          "autostart = no\n" PLAIN("app") "requires = db\n");
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    expect_status(daemon, "db", "starting");
    fifo_write(go, "x");
    ph_cleanup(ph_event_destroy) ph_event_t *ready =
        daemon_wait_event(daemon, "watcher.db.ready", 5000);
    cr_expect_str_eq(event_text(ready, "reason"), "it said READY=1");
    daemon_wait_status(daemon, "app", "active", 5000);
}

Test(order, what_comes_after_another_waits_for_it_only_if_it_is_started_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("app") "after = db\n" GATED("db"));
    daemon_do(daemon, "start", "app", true);
    expect_status(daemon, "db", "stopped");
    daemon_do(daemon, "stop", "app", true);

    daemon_do(daemon, "start", NULL, false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_touch(daemon, "db");
    daemon_wait_status(daemon, "app", "active", 5000);
    expect_status(daemon, "db", "active");
}

Test(order, what_requires_a_program_that_fails_does_not_start_and_says_why)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HOPELESS("db") PLAIN("app") "requires = db\n");
    struct ph_error err = daemon_call_refused(daemon, "start", "{'name': 'app', 'waiting': true}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message,
                     "'app' is not up but in 'waiting': waits for 'db', which is failed");
    expect_status(daemon, "app", "waiting");
    cr_expect_eq(daemon_status(daemon, "app").pid, 0);
}

Test(order, what_waits_for_a_failed_program_starts_when_that_is_mended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:db]\nshell = yes\ncmd = test -e @DIR@/mended && exec sleep 1000; exit 1\n"
        "autostart = no\nrestart_delay = 0.01\nmax_restarts = 1\nfailed_retry = 0\n"
        "startsecs = 0.2\n" PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "db", "failed", 5000);
    expect_status(daemon, "app", "waiting");
    daemon_touch(daemon, "mended");
    daemon_do(daemon, "start", "db", false);
    daemon_wait_status(daemon, "app", "active", 5000);
}

Test(order, what_only_wants_a_program_that_fails_starts_without_it)
{
    static const char *const order[] = {"watcher.db.failed", "watcher.app.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(HOPELESS("db") PLAIN("app") "wants = db\n");
    daemon_do(daemon, "start", "app", false);
    daemon_expect_order(daemon, order, 5000);
    daemon_wait_status(daemon, "app", "active", 5000);
    expect_status(daemon, "db", "failed");
}

Test(order, a_program_that_has_done_its_work_counts_as_ready)
{
    static const char *const order[] = {"watcher.migrate.reap", "watcher.app.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:migrate]\ncmd = @CHILD@ exit 0\nrespawn = no\nstartsecs = "
                          "60\nautostart = no\n" PLAIN("app") "requires = migrate\n");
    daemon_do(daemon, "start", "app", false);
    daemon_expect_order(daemon, order, 5000);
    daemon_wait_status(daemon, "app", "active", 5000);
    expect_status(daemon, "migrate", "stopped");
}

Test(order, a_program_that_failed_at_its_work_does_not_count_as_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:migrate]\ncmd = @CHILD@ exit 1\nrespawn = no\nstartsecs = "
                          "60\nautostart = no\n" PLAIN("app") "requires = migrate\n");
    struct ph_error err = daemon_call_refused(daemon, "start", "{'name': 'app', 'waiting': true}");
    cr_expect_str_eq(err.message,
                     "'app' is not up but in 'waiting': waits for 'migrate', which is stopped");
}

Test(order, at_the_start_of_the_daemon_all_wait_for_what_they_need)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:app]\ncmd = @CHILD@ run\nwants = db\n" GATED("db") "[watcher:other]\n"
                                                                     "cmd = @CHILD@ run\n");
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_wait_status(daemon, "other", "active", 5000);
    daemon_touch(daemon, "db");
    daemon_wait_status(daemon, "app", "active", 5000);
}

/* ---- stopping ---- */

Test(order, a_stop_goes_in_reverse_and_waits_for_the_exit)
{
    static const char *const order[] = {"watcher.app.kill", "watcher.app.reap", "watcher.app.stop",
                                        "watcher.db.kill",  "watcher.db.reap",  NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") STUBBORN("app") "after = db\n");
    daemon_do(daemon, "start", NULL, true);
    daemon_do(daemon, "stop", NULL, false);
    daemon_expect_order(daemon, order, 5000);
}

Test(order, a_stop_takes_along_what_requires_it_and_that_goes_first)
{
    static const char *const order[] = {"watcher.app.kill", "watcher.app.reap", "watcher.db.kill",
                                        NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") STUBBORN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", true);
    daemon_do(daemon, "stop", "db", true);
    daemon_expect_order(daemon, order, 5000);
    expect_status(daemon, "db", "stopped");
    expect_status(daemon, "app", "stopped");
}

Test(order, a_stop_leaves_those_alone_that_only_want_it_or_come_after_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") PLAIN("app") "wants = db\n" PLAIN("web") "after = db\n");
    daemon_do(daemon, "start", NULL, true);
    pid_t app = daemon_status(daemon, "app").pid, web = daemon_status(daemon, "web").pid;
    daemon_do(daemon, "stop", "db", true);
    cr_expect_eq(daemon_status(daemon, "app").pid, app);
    cr_expect_eq(daemon_status(daemon, "web").pid, web);
}

Test(order, a_stop_of_one_leaves_alone_what_it_requires)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", true);
    daemon_do(daemon, "stop", "app", true);
    expect_status(daemon, "db", "active");
}

Test(order, a_restart_takes_both_down_and_brings_both_back_in_order)
{
    static const char *const order[] = {
        "watcher.app.kill", "watcher.app.reap", "watcher.db.kill",   "watcher.db.reap",
        "watcher.db.spawn", "watcher.db.ready", "watcher.app.spawn", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") "startsecs = 0.2\n" STUBBORN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", true);
    daemon_do(daemon, "restart", "db", true);
    daemon_expect_order(daemon, order, 5000);
    daemon_wait_status(daemon, "app", "active", 5000);
}

Test(order, in_a_restart_of_all_what_comes_after_another_waits_until_that_is_back)
{
    static const char *const order[] = {"watcher.app.reap", "watcher.db.reap", "watcher.db.ready",
                                        "watcher.app.spawn", NULL};
    static const char *const lists[] = {"after", "wants"};
    for (size_t i = 0; i < 2; i++) {
        ph_cleanup(ph_freep) char *text =
            ph_format("%s" PLAIN("app") "%s = db\n", STUBBORN("db"), lists[i]);
        ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
        daemon_do(daemon, "start", NULL, true);
        daemon_do(daemon, "restart", NULL, true);
        daemon_expect_order(daemon, order, 5000);
    }
}

Test(order, in_a_restart_nobody_comes_back_before_what_it_requires_has_gone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        PLAIN("db") PLAIN("fast") "requires = db\n" STUBBORN("slow") "requires = db\n");
    daemon_do(daemon, "start", NULL, true);
    daemon_pass_event(daemon, "watcher.slow.ready", 5000);
    daemon_do(daemon, "restart", "db", false);
    ph_cleanup(ph_freep) char *actions =
        daemon_actions_until(daemon, "watcher.fast.", "watcher.db.reap", 5000);
    cr_expect(strstr(actions, "reap") && !strstr(actions, "spawn"), "%s", actions);
    daemon_pass_event(daemon, "watcher.fast.spawn", 5000);
}

Test(order, in_a_restart_of_all_what_has_more_priority_comes_back_first)
{
    static const char *const order[] = {"watcher.low.reap",  "watcher.middle.reap",
                                        "watcher.high.reap", "watcher.high.start",
                                        "watcher.low.start", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("low") "priority = -1\n" PLAIN("high") "priority = 5\n" STUBBORN(
            "middle") "priority = 1\n");
    daemon_do(daemon, "start", NULL, true);
    daemon_do(daemon, "restart", NULL, true);
    daemon_expect_order(daemon, order, 5000);
}

Test(order, what_is_just_being_stopped_is_started_again_for_those_that_require_it)
{
    static const char *const order[] = {"watcher.db.reap", "watcher.db.ready", "watcher.app.spawn",
                                        NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(STUBBORN("db") PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "db", true);
    daemon_do(daemon, "stop", "db", false);
    daemon_do(daemon, "start", "app", true);
    daemon_expect_order(daemon, order, 5000);
    expect_status(daemon, "db", "active");
}

/* ---- while something waits or starts ---- */

Test(order, a_stop_of_what_waits_is_done_at_once_and_it_does_not_start_later)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GATED("db") PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_do(daemon, "stop", "app", true);
    expect_status(daemon, "app", "stopped");
    daemon_touch(daemon, "db");
    daemon_wait_status(daemon, "db", "active", 5000);
    expect_status(daemon, "app", "stopped");
}

Test(order, a_stop_of_what_is_waited_for_stops_those_that_wait_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(GATED("db") PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_do(daemon, "stop", "db", true);
    expect_status(daemon, "db", "stopped");
    expect_status(daemon, "app", "stopped");
}

Test(order, a_stop_of_what_starts_is_done_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("web") "startsecs = 600\nnumprocesses = 3\n");
    daemon_do(daemon, "start", "web", false);
    daemon_wait_status(daemon, "web", "starting", 5000);
    daemon_do(daemon, "stop", "web", true);
    expect_status(daemon, "web", "stopped");
}

#define ALL_PHASES                                                                                 \
    "[plughost]\nwarmup_delay = 0.01\n" GATED("db") PLAIN("app") "requires = db\n" PLAIN(          \
        "slow") "startsecs = 600\n" PLAIN("warm") "numprocesses = 9\nwarmup_delay = 600\n"

/* Starts a daemon in which one waits, one starts and one warms up. */
static daemon_t *start_all_phases(void)
{
    daemon_t *daemon = daemon_start_with(ALL_PHASES);
    daemon_do(daemon, "start", NULL, false);
    daemon_wait_status(daemon, "app", "waiting", 5000);
    daemon_wait_status(daemon, "slow", "starting", 5000);
    daemon_wait_status(daemon, "warm", "starting", 5000);
    return daemon;
}

Test(order, quit_ends_the_daemon_while_others_wait_start_and_warm_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_all_phases();
    daemon_do(daemon, "quit", NULL, true);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(order, sigterm_ends_the_daemon_while_others_wait_start_and_warm_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_all_phases();
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
}

Test(order, a_stop_of_all_works_while_others_wait_start_and_warm_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_all_phases();
    daemon_do(daemon, "stop", NULL, true);
    expect_status(daemon, "app", "stopped");
    expect_status(daemon, "slow", "stopped");
    expect_status(daemon, "warm", "stopped");
}

/* ---- what makes no sense ---- */

Test(order, a_circle_is_refused_at_load_and_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(
        PLAIN("a") "requires = b\n" PLAIN("b") "wants = c\n" PLAIN("c") "after = a\n");
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), "'a' waits for itself: a -> b -> c -> a"), "%s",
              program_err(program));
}

Test(order, a_watcher_that_is_not_there_is_refused_at_load_with_the_nearest_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_prepare(PLAIN("database") PLAIN("app") "requires = databse\n");
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), "requires = databse: there is no such watcher"), "%s",
              program_err(program));
    cr_expect(strstr(program_err(program), "did you mean 'database'?"), "%s", program_err(program));
}

/* ---- priority and pauses ---- */

#define PRIORITIES                                                                                 \
    PLAIN("low")                                                                                   \
    "priority = -1\n" PLAIN("high") "priority = 5\n" PLAIN("same") "priority = 5\n" STUBBORN(      \
        "middle") "priority = 1\n"

Test(order, what_has_more_priority_starts_first_and_equals_in_the_order_of_the_file)
{
    static const char *const order[] = {"watcher.high.start", "watcher.same.start",
                                        "watcher.middle.start", "watcher.low.start", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PRIORITIES);
    daemon_do(daemon, "start", NULL, true);
    daemon_expect_order(daemon, order, 5000);
}

Test(order, the_end_of_the_daemon_goes_in_reverse_by_priority_and_waits_for_the_exits)
{
    static const char *const steps[] = {"low: process ", " ended",          "middle: process ",
                                        " ended",        "is sent SIGTERM", "ended"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PRIORITIES);
    daemon_do(daemon, "start", NULL, true);
    daemon_do(daemon, "quit", NULL, true);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    const char *at = strstr(log, "ending: ");
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        cr_assert(at && (at = strstr(at, steps[i])), "no '%s' in its place:\n%s", steps[i], log);
        at += strlen(steps[i]);
    }
    /* Nobody else was told to end before the slow one in the middle was gone. */
    const char *middle = strstr(log, "middle: stopped");
    const char *high = strstr(strstr(log, "ending: "), "high: process ");
    cr_assert(middle && high, "%s", log);
    cr_expect_lt(middle, high, "%s", log);
}

/* A busy machine makes each of them late, but none early. */
Test(order, warmup_delay_of_a_watcher_is_the_pause_between_two_of_its_processes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("web") "numprocesses = 3\nwarmup_delay = 0.2\n");
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *start =
        daemon_wait_event(daemon, "watcher.web.start", 5000);
    for (int i = 0; i < 3; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *spawn =
            daemon_wait_event(daemon, "watcher.web.spawn", 5000);
        cr_expect_geq(ph_event_time(spawn) - ph_event_time(start), 0.2 * i - 0.01);
    }
    daemon_do(daemon, "start", "web", true);
    cr_expect_eq(daemon_status(daemon, "web").running, 3);
}

Test(order, warmup_delay_of_the_daemon_is_the_pause_between_two_watchers)
{
    static const char *const starts[] = {"watcher.a.start", "watcher.b.start", "watcher.c.start"};
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plughost]\nwarmup_delay = 0.2\n" PLAIN("a") PLAIN("b") PLAIN("c"));
    daemon_do(daemon, "start", NULL, false);
    double before = 0;
    for (int i = 0; i < 3; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *start = daemon_wait_event(daemon, starts[i], 5000);
        cr_expect_geq(ph_event_time(start) - before, 0.19, "before '%s'", starts[i]);
        before = ph_event_time(start);
    }
}

Test(order, nothing_is_waited_for_once_the_last_process_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAIN("db") "warmup_delay = 600\n" PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", true);
    expect_status(daemon, "db", "active");
}

Test(order, a_watcher_that_warms_up_is_ready_only_when_all_its_processes_run)
{
    static const char *const order[] = {"watcher.db.spawn", "watcher.db.spawn", "watcher.app.spawn",
                                        NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        PLAIN("db") "numprocesses = 2\nwarmup_delay = 0.2\n" PLAIN("app") "requires = db\n");
    daemon_do(daemon, "start", "app", false);
    daemon_expect_order(daemon, order, 5000);
}
