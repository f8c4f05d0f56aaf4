/* The life of a plugin, from its start to its end, in C and in Python. */
#include "languages.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <files.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(plugin_life, .timeout = 90);

enum { WAIT_MS = 20000 };

/* One death is enough. */
#define ONCE "max_restarts = 1\nfailed_retry = 0\n"

/* Waits for the next death of `life` and checks its cause. */
static void expect_death(daemon_t *daemon, int exit_code, const char *cause)
{
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:life.reap", WAIT_MS);
    cr_expect_eq((int)event_number(reap, "exit_code"), exit_code, "%s", event_text(reap, "cause"));
    cr_expect(strstr(event_text(reap, "cause"), cause), "'%s' has no '%s'",
              event_text(reap, "cause"), cause);
}

static char *read_record(const daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "life");
    return file_read(path);
}

/* ---- the start ---- */

EACH_LANGUAGE(plugin_life, why_its_init_failed_is_the_cause_of_its_death)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_prepare(*language, "init = fail\n" ONCE);
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "life", true, &err));
    cr_expect(strstr(err.message, "the disk is full"), "%s", err.message);
    expect_death(daemon, 1, "handle_init failed: the disk is full (buy another)");
    daemon_wait_status(daemon, "life", "failed", WAIT_MS);
    struct watcher_state state = daemon_status(daemon, "life");
    cr_expect(strstr(state.reason, "the disk is full"), "%s", state.reason);
    ph_cleanup(ph_freep) char *record = read_record(daemon);
    cr_expect_null(strstr(record, "stop"), "handle_stop ran:\n%s", record);
}

EACH_LANGUAGE(plugin_life, while_its_init_takes_long_it_starts_and_then_it_is_active)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_prepare(*language, "gate = @DIR@/gate\n");
    int gate = daemon_make_fifo(daemon, "gate");
    daemon_do(daemon, "start", "life", false);
    life_wait_record(daemon, "life", "init");
    cr_expect_str_eq(daemon_status(daemon, "life").status, "starting");
    fifo_write(gate, "x");
    daemon_pass_event(daemon, "watcher.plugin:life.ready", WAIT_MS);
    daemon_wait_status(daemon, "life", "active", WAIT_MS);
    close(gate);
}

EACH_LANGUAGE(plugin_life, what_is_asked_of_it_while_it_starts_is_done_when_it_is_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_prepare(*language, "gate = @DIR@/gate\n");
    int gate = daemon_make_fifo(daemon, "gate");
    daemon_do(daemon, "start", "life", false);
    life_wait_record(daemon, "life", "init");
    ph_cleanup(raw_destroy) raw_t *client = life_send(daemon, "life", "echo", "{'value': 1}");
    fifo_write(gate, "x");
    call_expect_done(client, WAIT_MS);
    close(gate);
}

EACH_LANGUAGE(plugin_life, an_init_that_does_not_end_in_time_is_killed_and_that_is_its_cause)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        life_prepare(*language, "gate = @DIR@/gate\nstartup_timeout = 1\n" ONCE);
    int gate = daemon_make_fifo(daemon, "gate");
    daemon_do(daemon, "start", "life", false);
    expect_death(daemon, -SIGKILL, "start timed out");
    daemon_wait_status(daemon, "life", "failed", WAIT_MS);
    close(gate);
}

/* ---- signs of life ---- */

EACH_LANGUAGE(plugin_life, one_that_hangs_is_noticed_killed_and_started_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        life_start(*language, "watchdog = 1\nrlimit_core = 0\n");
    pid_t first = daemon_wait_started(daemon, "life", WAIT_MS);
    ph_cleanup(raw_destroy) raw_t *client = life_send(daemon, "life", "hang", "{}");
    expect_death(daemon, -SIGABRT, "watchdog: ");
    call_expect_refused(client, "plugin 'life'", WAIT_MS);
    cr_expect_neq(daemon_wait_started(daemon, "life", WAIT_MS), first);
}

EACH_LANGUAGE(plugin_life, work_that_is_announced_may_take_longer_than_the_watchdog)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "watchdog = 1\n");
    life_do(daemon, "life", "work", "{'ms': 2500, 'announced': true}");
    cr_expect_eq(daemon_status(daemon, "life").restarts, 0);
}

EACH_LANGUAGE(plugin_life, work_that_is_not_announced_may_not)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        life_start(*language, "watchdog = 1\nrlimit_core = 0\n" ONCE);
    struct ph_error err = life_refused(daemon, "life", "work", "{'ms': 5000, 'announced': false}");
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect(strstr(err.message, "watchdog"), "%s", err.message);
}

/* The other one's timer tells how much time has passed. */
EACH_LANGUAGE(plugin_life, one_that_has_nothing_to_do_shows_that_it_lives)
{
    ph_cleanup(ph_freep) char *other = life_section(*language, "other", "");
    ph_cleanup(ph_freep) char *more = ph_format("watchdog = 1\n%s", other);
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, more);
    daemon_do(daemon, "start", "other", true);
    life_do(daemon, "other", "later", "{'ms': 3000}");
    cr_expect_eq(daemon_status(daemon, "life").restarts, 0);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", "life", false);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *process = ph_value_at(ph_value_get(watcher, "processes"), 0);
    double age = ph_value_float(ph_value_get(process, "heartbeat_age"), -1);
    cr_expect(age >= 0 && age < 1, "the last sign of life is %g s old", age);
}

/* ---- the end ---- */

EACH_LANGUAGE(plugin_life, one_that_crashes_is_started_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    pid_t first = daemon_wait_started(daemon, "life", WAIT_MS);
    struct ph_error err = life_refused(daemon, "life", "crash", "{}");
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect_str_eq(err.message,
                     "plugin 'life' has not answered 'crash': it died: killed by SIGKILL");
    expect_death(daemon, -SIGKILL, "killed by SIGKILL");
    cr_expect_neq(daemon_wait_started(daemon, "life", WAIT_MS), first);
}

EACH_LANGUAGE(plugin_life, a_stop_waits_for_a_handle_stop_that_takes_two_seconds)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "stop = slow\n");
    daemon_do(daemon, "stop", "life", false);
    ph_cleanup(ph_event_destroy) ph_event_t *kill_event =
        daemon_wait_event(daemon, "watcher.plugin:life.kill", WAIT_MS);
    cr_expect_str_eq(event_text(kill_event, "signal"), "stop");
    ph_cleanup(ph_event_destroy) ph_event_t *reap =
        daemon_wait_event(daemon, "watcher.plugin:life.reap", WAIT_MS);
    cr_expect_eq((int)event_number(reap, "exit_code"), 0);
    cr_expect_geq(ph_event_time(reap) - ph_event_time(kill_event), 1.9);
    ph_cleanup(ph_freep) char *record = read_record(daemon);
    cr_expect_str_eq(record, "init\nstop begins\nstop ends\n");
}

EACH_LANGUAGE(plugin_life, one_that_never_ends_is_killed_and_that_is_said)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        life_start(*language, "stop = never\ngraceful_timeout = 1\n");
    daemon_do(daemon, "stop", "life", false);
    expect_death(daemon, -SIGKILL, "(killed by SIGKILL)");
    daemon_wait_status(daemon, "life", "stopped", WAIT_MS);
    cr_expect(strstr(daemon_status(daemon, "life").reason, "killed by SIGKILL"));
    ph_cleanup(ph_freep) char *record = read_record(daemon);
    cr_expect_str_eq(record, "init\nstop begins\n");
}

/* ---- options ---- */

static void expect_bad_option(int language, const char *line, const char *reason)
{
    ph_cleanup(ph_freep) char *more = ph_format("%s\n" ONCE, line);
    ph_cleanup(daemon_stop) daemon_t *daemon = life_prepare(language, more);
    daemon_do(daemon, "start", "life", false);
    expect_death(daemon, 1, reason);
    daemon_wait_status(daemon, "life", "failed", WAIT_MS);
    struct watcher_state state = daemon_status(daemon, "life");
    cr_expect(strstr(state.reason, reason), "status says: %s", state.reason);
    ph_cleanup(ph_freep) char *record = read_record(daemon);
    cr_expect_null(record, "handle_init ran");
}

EACH_LANGUAGE(plugin_life, an_option_of_the_wrong_type_is_refused)
{
    expect_bad_option(*language, "number = many", "option 'number': 'many' is not an integer");
}

EACH_LANGUAGE(plugin_life, an_option_out_of_range_is_refused)
{
    expect_bad_option(*language, "number = 10", "option 'number': '10' is not within 1 to 9");
}

EACH_LANGUAGE(plugin_life, an_option_that_is_no_choice_is_refused)
{
    expect_bad_option(*language, "stop = nevr",
                      "option 'stop': 'nevr' is none of: ok, slow, never "
                      "(did you mean 'never'?)");
}

EACH_LANGUAGE(plugin_life, an_unknown_option_is_refused_with_the_nearest_one)
{
    expect_bad_option(*language, "nubmer = 2",
                      "option 'nubmer' is not known (did you mean 'number'?)");
}

EACH_LANGUAGE(plugin_life, a_missing_option_is_named_with_what_it_is_for)
{
    static const char *const uses[] = {"life_c", "python:life.Life"};
    ph_cleanup(ph_freep) char *text =
        ph_format("[plugin:life]\nautostart = no\nuse = %s\nenv = PATH=/usr/bin:/bin\n" ONCE,
                  uses[*language]);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "life", false);
    expect_death(daemon, 1, "option 'record' is missing: A file for what happens.");
}

/* ---- other options, while it runs ---- */

static void expect_number(daemon_t *daemon, int64_t number)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        life_invoke(daemon, "life", "number", "{}");
    cr_expect_eq(ph_value_int(life_result(reply, "value"), -1), number);
}

static void expect_set(daemon_t *daemon, const char *value, const char *how)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'life', 'options': {'number': %s}, 'waiting': true}", value);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "set", properties);
    cr_expect_str_eq(reply_text(reply, "how"), how);
}

static void expect_set_refused(daemon_t *daemon, const char *value, const char *reason)
{
    ph_cleanup(ph_freep) char *properties =
        ph_format("{'name': 'life', 'options': {'number': '%s'}, 'waiting': true}", value);
    struct ph_error err = daemon_call_refused(daemon, "set", properties);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect(strstr(err.message, reason), "%s", err.message);
}

EACH_LANGUAGE(plugin_life, new_options_are_taken_while_it_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    pid_t pid = daemon_wait_started(daemon, "life", WAIT_MS);
    expect_number(daemon, 3);
    expect_set(daemon, "'5'", "reconfigured");
    life_wait_record(daemon, "life", "reconfigured");
    expect_number(daemon, 5);
    expect_set(daemon, "'5'", "unchanged");
    expect_set(daemon, "null", "reconfigured");
    expect_number(daemon, 3);
    cr_expect_eq(daemon_status(daemon, "life").pid, pid);
}

EACH_LANGUAGE(plugin_life, new_options_that_it_refuses_leave_the_old_ones_in_force)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "number = 4\n");
    pid_t pid = daemon_wait_started(daemon, "life", WAIT_MS);
    expect_set_refused(daemon, "7", "7 is not to be had");
    expect_set_refused(daemon, "10", "'number'");
    expect_set_refused(daemon, "many", "'number'");
    expect_number(daemon, 4);
    cr_expect_eq(daemon_status(daemon, "life").pid, pid);
    daemon_do(daemon, "restart", "life", true);
    expect_number(daemon, 4);
}

EACH_LANGUAGE(plugin_life, one_that_takes_no_new_options_is_restarted_with_them)
{
    ph_cleanup(ph_freep) char *section = life_plain_section(*language, "life", "");
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(section);
    daemon_do(daemon, "start", "life", true);
    pid_t pid = daemon_wait_started(daemon, "life", WAIT_MS);
    expect_set(daemon, "'5'", "restarted");
    expect_number(daemon, 5);
    cr_expect_neq(daemon_status(daemon, "life").pid, pid);
}

/* ---- without its daemon ---- */

/* Waits until a plugin that runs by hand is ready: nothing tells that but an answer of its own. */
static void wait_by_hand(daemon_t *daemon)
{
    enum { TRIES = 100000 };
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_int(args, "value", 1);
    for (int i = 0; i < TRIES; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply =
            ph_client_invoke(daemon_client(daemon), "life", "echo", args, WAIT_MS, NULL);
        if (reply)
            return;
    }
    cr_assert_fail("the plugin by hand does not become ready");
}

EACH_LANGUAGE(plugin_life, one_by_hand_says_hello_again_to_a_daemon_that_was_started_anew)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(program_destroy) program_t *plugin = life_by_hand(*language, daemon);
    wait_by_hand(daemon);

    daemon_do(daemon, "quit", NULL, true);
    cr_assert_eq(daemon_wait_end(daemon, WAIT_MS), 0);
    file_write(daemon_log_file(daemon), ""); /* it is the next one that is to be waited for */
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    wait_by_hand(daemon);
    daemon_call_do(daemon, "publish", "{'topic': 'event.load', 'fields': {'n': 1}}");
    life_do(daemon, "life", "wait_total", "{'total': 1}");
    life_wait_record(daemon, "life", "new epoch");

    program_signal(plugin, SIGTERM);
    cr_expect_eq(program_wait(plugin, WAIT_MS), 0, "%s", program_err(plugin));
    life_wait_record(daemon, "life", "stop ends");
}
