/* What a plugin can do, and what others can have it do: methods, options, events, time, numbers. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

TestSuite(plugin_methods, .timeout = 60);

enum { CALL_MS = 10000 };

#define WORKSHOP "[plugin:workshop]\nneeded = x\nautostart = no\n"
#define OTHER "[plugin:other]\nuse = workshop\nneeded = y\nautostart = no\n"
#define WEB "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"

static daemon_t *start_with(const char *text)
{
    daemon_t *daemon = daemon_start_with(text);
    daemon_do(daemon, "start", "workshop", true);
    return daemon;
}

static ph_message_t *try_invoke(daemon_t *daemon, const char *method, const ph_writer_t *args,
                                int timeout_ms, struct ph_error *err)
{
    return ph_client_invoke(daemon_client(daemon), "workshop", method, args, timeout_ms, err);
}

static ph_message_t *invoke(daemon_t *daemon, const char *method, const ph_writer_t *args)
{
    struct ph_error err = {0};
    ph_message_t *reply = try_invoke(daemon, method, args, CALL_MS, &err);
    cr_assert_not_null(reply, "'%s' was refused: %s", method, err.message);
    return reply;
}

static ph_message_t *invoke_with(daemon_t *daemon, const char *method, const char *key,
                                 const char *text)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_string(args, key, text);
    return invoke(daemon, method, args);
}

static void do_with(daemon_t *daemon, const char *method, const char *key, const char *text)
{
    ph_message_t *reply = invoke_with(daemon, method, key, text);
    ph_message_destroy(&reply);
}

static void do_it(daemon_t *daemon, const char *method)
{
    ph_message_t *reply = invoke(daemon, method, NULL);
    ph_message_destroy(&reply);
}

static const ph_value_t *result_of(const ph_message_t *reply, const char *key)
{
    return ph_value_get(ph_value_get(ph_message_body(reply), "result"), key);
}

static void expect_told(daemon_t *daemon, const char *key, const char *text)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "tell", NULL);
    cr_expect_str_eq(ph_value_string(result_of(reply, key), "(none)"), text);
}

/* Asks until a number is at least so large. */
static void wait_number(daemon_t *daemon, const char *key, int64_t least)
{
    enum { TRIES = 20000 };
    int64_t number = -1;
    for (int i = 0; i < TRIES && number < least; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "tell", NULL);
        number = ph_value_int(result_of(reply, key), -1);
    }
    cr_assert_geq(number, least, "%s is %d", key, (int)number);
}

/* ---- methods ---- */

Test(plugin_methods, a_method_gets_its_arguments_and_answers)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_int(args, "a", 40);
    ph_writer_int(args, "b", 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "add", args);
    cr_expect_eq(ph_value_int(result_of(reply, "sum"), 0), 42);
}

static void expect_refused(daemon_t *daemon, const char *method, enum ph_code code,
                           const char *message)
{
    struct ph_error err = {0};
    cr_assert_null(try_invoke(daemon, method, NULL, CALL_MS, &err));
    cr_expect_eq(err.code, code);
    cr_expect_str_eq(err.message, message);
}

Test(plugin_methods, a_refusal_arrives_with_code_reason_and_hint)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    struct ph_error err = {0};
    cr_assert_null(try_invoke(daemon, "refuse", NULL, CALL_MS, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "the workshop is closed");
    cr_expect_str_eq(err.hint, "come back tomorrow");
    expect_refused(daemon, "fail", PH_INTERNAL,
                   "method 'fail' of plugin 'workshop' failed without giving a reason");
}

Test(plugin_methods, an_answer_can_come_later)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "defer", NULL);
    cr_expect_str_eq(ph_value_string(result_of(reply, "text"), ""), "later");
}

Test(plugin_methods, the_reply_to_a_command_can_be_the_answer)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "call_later", NULL);
    cr_expect_eq(ph_value_int(ph_value_get(result_of(reply, "reply"), "pid"), 0),
                 daemon_pid(daemon));
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_string(args, "command", "nonsense");
    struct ph_error err = {0};
    cr_assert_null(try_invoke(daemon, "call_later", args, CALL_MS, &err));
    cr_expect(strstr(err.message, "nonsense"), "%s", err.message);
}

Test(plugin_methods, whoever_does_not_wait_any_more_cancels)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    struct ph_error err = {0};
    cr_assert_null(try_invoke(daemon, "keep", NULL, 100, &err));
    cr_expect_eq(err.code, PH_TIMEOUT);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "tell", NULL);
    cr_expect(ph_value_bool(result_of(reply, "is_cancelled"), false));
}

static void forward(daemon_t *daemon, const char *plugin, const char *method, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_string(args, "plugin", plugin);
    ph_writer_string(args, "method", method);
    ph_message_t *reply = try_invoke(daemon, "forward", args, CALL_MS, err);
    ph_message_destroy(&reply);
}

Test(plugin_methods, an_invocation_within_a_method_carries_the_trace_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP OTHER);
    daemon_do(daemon, "start", "other", true);
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "plugin", "workshop");
    ph_writer_string(properties, "method", "forward");
    ph_writer_string(properties, "trace", "t-1");
    ph_writer_map(properties, "args");
    ph_writer_string(properties, "plugin", "other");
    ph_writer_string(properties, "method", "tell");
    ph_writer_end(properties);
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(daemon_client(daemon), "invoke", properties, CALL_MS, &err);
    cr_assert_not_null(reply, "%s", err.message);
    const ph_value_t *told = result_of(reply, "result");
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "trace"), ""), "t-1");
}

Test(plugin_methods, a_plugin_cannot_invoke_itself)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    struct ph_error err = {0};
    forward(daemon, "plugin:Workshop", "tell", &err);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "plugin 'Workshop' cannot invoke itself");
}

Test(plugin_methods, a_method_can_be_added_at_run_time)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    struct ph_error err = {0};
    cr_assert_null(try_invoke(daemon, "late", NULL, CALL_MS, &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    do_it(daemon, "add_method");
    do_it(daemon, "late");
}

/* ---- time, descriptors, log, numbers ---- */

Test(plugin_methods, a_timer_fires_until_it_is_cancelled)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    wait_number(daemon, "ticks", 3);
    do_it(daemon, "defer");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = invoke(daemon, "tell", NULL);
    cr_expect_eq(ph_value_int(result_of(reply, "ticks"), 0), 3);
}

Test(plugin_methods, a_descriptor_that_is_ready_calls_its_function)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    do_it(daemon, "write_pipe");
    daemon_wait_log(daemon, "plugin:workshop: the pipe has 1 byte, events 1", 5000);
}

Test(plugin_methods, a_line_of_the_log_can_have_fields)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    daemon_wait_log(daemon, "plugin:workshop: the workshop opens colour=\"dark red\" size=7", 5000);
}

static const ph_value_t *find_metric(const ph_message_t *reply, const char *name)
{
    const ph_value_t *metrics = ph_value_get(ph_message_body(reply), "metrics");
    for (size_t i = 0; i < ph_value_size(metrics); i++) {
        const ph_value_t *metric = ph_value_at(metrics, i);
        if (strcmp(ph_value_string(ph_value_get(metric, "name"), ""), name) == 0)
            return metric;
    }
    return NULL;
}

Test(plugin_methods, what_it_measures_reaches_the_daemon_before_its_end)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    do_it(daemon, "measure");
    daemon_do(daemon, "stop", "workshop", true);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "metrics", NULL, false);
    cr_expect_eq(ph_value_float(ph_value_get(find_metric(reply, "jobs"), "value"), 0), 5);
    cr_expect_eq(ph_value_float(ph_value_get(find_metric(reply, "depth"), "value"), 0), 1.5);
    const ph_value_t *seconds = find_metric(reply, "seconds");
    cr_expect_eq(ph_value_int(ph_value_get(seconds, "count"), 0), 2);
    cr_expect_eq(ph_value_float(ph_value_get(seconds, "sum"), 0), 3.25);
}

/* ---- options ---- */

Test(plugin_methods, the_table_says_what_an_option_is_that_is_not_set)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    expect_told(daemon, "level", "3");
}

static void expect_wrong_options(const char *lines, const char *reason)
{
    ph_cleanup(ph_freep) char *text = ph_format("[plugin:workshop]\nautostart = no\n%s", lines);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    struct ph_error err = {0};
    cr_assert_null(daemon_try(daemon, "start", "workshop", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
}

Test(plugin_methods, options_that_do_not_fit_the_table_are_the_cause_of_its_death)
{
    expect_wrong_options("", "option 'needed' is missing: A word.");
    expect_wrong_options("needed = x\nlevel = ten\n", "option 'level': 'ten' is not an integer");
    expect_wrong_options("needed = x\nlevel = 10\n", "option 'level': '10' is not within 1 to 9");
    expect_wrong_options("needed = x\nlevl = 1\n",
                         "option 'levl' is not known (did you mean 'level'?)");
}

static ph_message_t *set_level(daemon_t *daemon, const char *level, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", "workshop");
    ph_writer_map(properties, "options");
    ph_writer_string(properties, "level", level);
    ph_writer_end(properties);
    return ph_client_call(daemon_client(daemon), "set", properties, CALL_MS, err);
}

Test(plugin_methods, new_options_are_taken_without_a_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *reply = set_level(daemon, "5", &err);
    cr_assert_not_null(reply, "%s", err.message);
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_message_body(reply), "how"), ""),
                     "reconfigured");
    expect_told(daemon, "taken", "5");
}

Test(plugin_methods, new_options_that_are_refused_leave_the_old_ones_in_force)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    struct ph_error err = {0};
    cr_assert_null(set_level(daemon, "7", &err));
    cr_expect(strstr(err.message, "not on level 7"), "%s", err.message);
    expect_told(daemon, "level", "3");
    expect_told(daemon, "taken", "3");
}

Test(plugin_methods, what_a_removed_plugin_takes_is_not_set_for_the_next_of_its_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    pid_t pid = daemon_status(daemon, "workshop").pid;
    cr_assert_eq(kill(pid, SIGSTOP), 0);
    ph_cleanup(raw_destroy) raw_t *set =
        daemon_send(daemon, "set", "{'name': 'workshop', 'options': {'level': '5'}}");
    raw_expect_pong(set); /* it was taken, and waits */
    daemon_call_do(daemon, "rm", "{'name': 'workshop', 'nostop': true}");
    daemon_call_do(daemon, "add",
                   "{'name': 'plugin:workshop', 'cmd': '', 'options': {'needed': 'x'}}");
    cr_assert_eq(kill(pid, SIGCONT), 0);
    call_expect_refused(set, "the 'plugin:workshop' that was asked was removed", CALL_MS);
}

/* ---- events ---- */

Test(plugin_methods, events_come_in_batches)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP WEB);
    daemon_do(daemon, "start", "web", true);
    wait_number(daemon, "events", 3); /* start, spawn, ready */
    wait_number(daemon, "batches", 1);
}

/* Publishes what the plugin may, and waits until it has received it itself. */
Test(plugin_methods, it_can_subscribe_to_more_and_to_less)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP WEB);
    do_with(daemon, "subscribe", "prefix", "event.");
    do_with(daemon, "publish", "topic", "event.workshop.done");
    wait_number(daemon, "events", 1);
    do_with(daemon, "unsubscribe", "prefix", "event.");
    do_with(daemon, "publish", "topic", "event.workshop.again");
    daemon_do(daemon, "start", "web", true);
    wait_number(daemon, "events", 4);
    expect_told(daemon, "topic", "watcher.web.ready");
    wait_number(daemon, "missed", 0);
}

Test(plugin_methods, what_was_not_asked_for_cannot_be_given_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP);
    ph_cleanup(ph_writer_destroy) ph_writer_t *args = ph_writer_new();
    ph_writer_string(args, "prefix", "x.");
    struct ph_error err = {0};
    cr_assert_null(try_invoke(daemon, "unsubscribe", args, CALL_MS, &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "plugin 'workshop' has not subscribed to 'x.'");
}

Test(plugin_methods, heartbeats_keep_it_alive)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start_with("[plugin:workshop]\nneeded = x\nautostart = no\nwatchdog = 0.3\n" WEB);
    for (int i = 0; i < 60; i++) /* longer than the watchdog waits */
        do_it(daemon, "defer");
    cr_expect_eq(daemon_status(daemon, "workshop").restarts, 0);
}

/* ---- clients ---- */

Test(plugin_methods, a_client_can_publish_and_follow)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_with(WORKSHOP WEB);
    struct ph_error err = {0};
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), &err);
    ph_cleanup(ph_message_destroy) ph_message_t *state =
        ph_client_follow(client, "", CALL_MS, &err);
    cr_assert_not_null(state, "%s", err.message);
    uint64_t seq = (uint64_t)ph_value_int(ph_value_get(ph_message_body(state), "seq"), 0);
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "n", 1);
    cr_assert_eq(ph_client_publish(client, "event.test", fields, CALL_MS, &err), 0);
    ph_cleanup(ph_event_destroy) ph_event_t *event = ph_client_receive(client, CALL_MS, &err);
    cr_assert_not_null(event, "%s", err.message);
    cr_expect_str_eq(ph_event_topic(event), "event.test");
    cr_expect_eq(ph_event_seq(event), seq + 1);
    cr_expect_eq(ph_value_int(ph_value_get(ph_event_body(event), "n"), 0), 1);
}

Test(plugin_methods, a_topic_that_is_none_is_not_published)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(WEB);
    struct ph_error err = {0};
    cr_expect_eq(ph_client_publish(daemon_client(daemon), "watcher.x", NULL, 0, &err), -1);
    cr_expect_str_eq(err.message, "topic 'watcher.x' does not begin with 'event.'");
    cr_expect_eq(ph_client_publish(daemon_client(daemon), "event.a b", NULL, 0, &err), -1);
    cr_expect_eq(err.code, PH_INVALID);
}
