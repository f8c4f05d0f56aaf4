/* What a plugin does while it lives, in C and in Python: events, methods, log and metrics. */
#include "languages.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(plugin_work, .timeout = 90);

enum { WAIT_MS = 20000 };

/* ---- events ---- */

/* Publishes events event.load with the numbers from `first` on. */
static void publish(daemon_t *daemon, int first, int count)
{
    enum { PADDING = 500 };
    char padding[PADDING + 1];
    memset(padding, 'x', PADDING);
    padding[PADDING] = '\0';
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_array(properties, "events");
    for (int i = 0; i < count; i++) {
        ph_writer_map(properties, NULL);
        ph_writer_string(properties, "topic", "event.load");
        ph_writer_map(properties, "fields");
        ph_writer_int(properties, "n", first + i);
        ph_writer_string(properties, "padding", padding);
        ph_writer_end(properties);
        ph_writer_end(properties);
    }
    ph_writer_end(properties);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_client_call(daemon_client(daemon), "publish", properties, WAIT_MS, &err);
    cr_assert(reply, "%s", err.message);
}

/* Waits until the plugin knows of so many events; the caller owns the reply. */
static ph_message_t *wait_total(daemon_t *daemon, int total)
{
    ph_cleanup(ph_freep) char *args = ph_format("{'total': %d}", total);
    return life_invoke(daemon, "life", "wait_total", args);
}

EACH_LANGUAGE(plugin_work, events_come_all_and_in_their_order)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    daemon_call_do(daemon, "publish", "{'topic': 'event.other'}");
    publish(daemon, 1, 500);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = wait_total(daemon, 500);
    cr_expect_eq(ph_value_int(life_result(reply, "received"), -1), 500);
    cr_expect_eq(ph_value_int(life_result(reply, "missed"), -1), 0);
    cr_expect(ph_value_bool(life_result(reply, "is_in_order"), false));
}

EACH_LANGUAGE(plugin_work, batches_are_of_the_size_that_was_asked_for)
{
    ph_cleanup(ph_freep) char *section = life_plain_section(*language, "life", "");
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(section);
    daemon_do(daemon, "start", "life", true);
    publish(daemon, 1, 10);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = wait_total(daemon, 10);
    cr_expect_eq(ph_value_int(life_result(reply, "received"), -1), 10);
    cr_expect(ph_value_bool(life_result(reply, "is_in_order"), false));
    life_wait_record(daemon, "life", "batch of 4\nbatch of 4\nbatch of 2");
}

static int64_t missed_in_status(daemon_t *daemon)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_command(daemon, "status", "life", false);
    const ph_value_t *watcher = ph_value_at(ph_value_get(ph_message_body(reply), "watchers"), 0);
    const ph_value_t *process = ph_value_at(ph_value_get(watcher, "processes"), 0);
    return ph_value_int(ph_value_get(process, "missed"), -1);
}

/* While it is held, neither its thread nor libzmq's reads: what the sockets do not take is lost. */
static void publish_while_it_is_held(daemon_t *daemon, int count)
{
    enum { BATCH = 500 };
    pid_t pid = daemon_wait_started(daemon, "life", WAIT_MS);
    cr_assert_eq(kill(pid, SIGSTOP), 0);
    for (int first = 1; first <= count; first += BATCH)
        publish(daemon, first, BATCH);
    cr_assert_eq(kill(pid, SIGCONT), 0);
}

EACH_LANGUAGE(plugin_work, one_that_is_too_slow_learns_exactly_how_many_events_it_missed)
{
    enum { HELD = 10000, AFTER = 100 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        life_start(*language, "watchdog = 6\n[plughost]\nevent_queue = 100\n");
    publish_while_it_is_held(daemon, HELD);
    ph_message_t *held = wait_total(daemon, HELD);
    ph_message_destroy(&held);
    publish(daemon, HELD + 1, AFTER / 2);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = wait_total(daemon, HELD + AFTER / 2);
    int64_t received = ph_value_int(life_result(reply, "received"), -1);
    int64_t missed = ph_value_int(life_result(reply, "missed"), -1);
    cr_expect_eq(received + missed, HELD + AFTER / 2);
    cr_expect_gt(missed, 0);
    cr_expect_gt(received, 100);
    cr_expect(ph_value_bool(life_result(reply, "is_in_order"), false));
    cr_expect_eq(missed_in_status(daemon), missed);
}

EACH_LANGUAGE(plugin_work, it_publishes_under_its_own_name_only)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    life_do(daemon, "life", "publish", "{'topic': 'event.life'}");
    life_do(daemon, "life", "publish", "{'topic': 'event.life.well'}");
    for (int i = 0; i < 2; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            daemon_wait_event(daemon, "event.life.well", WAIT_MS);
        cr_expect_str_eq(event_text(event, "publisher"), "plugin:life");
    }
    struct ph_error err = life_refused(daemon, "life", "publish", "{'topic': 'event.order.new'}");
    cr_expect_eq(err.code, PH_DENIED, "%s", err.message);
    cr_expect(strstr(err.message, "event.order.new"), "%s", err.message);
    err = life_refused(daemon, "life", "publish", "{'topic': 'event.lifelong'}");
    cr_expect_eq(err.code, PH_DENIED, "%s", err.message);
    daemon_wait_log(daemon, "event.order.new", WAIT_MS); /* what was published without an answer */
}

EACH_LANGUAGE(plugin_work, its_section_can_grant_other_topics)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "publish = event.order.\n");
    life_do(daemon, "life", "publish", "{'topic': 'event.order.new'}");
    daemon_pass_event(daemon, "event.order.new", WAIT_MS);
    cr_expect_eq(life_refused(daemon, "life", "publish", "{'topic': 'event.bill'}").code,
                 PH_DENIED);
}

EACH_LANGUAGE(plugin_work, a_topic_that_cannot_be_is_refused_at_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    cr_expect_eq(life_refused(daemon, "life", "publish", "{'topic': 'watcher.web'}").code,
                 PH_INVALID);
}

/* ---- methods ---- */

EACH_LANGUAGE(plugin_work, a_method_answers_with_what_it_was_given)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        life_invoke(daemon, "life", "echo", "{'value': {'a': [1, 2.5, null, true], 'b': 'ü'}}");
    ph_cleanup(ph_freep) char *json = ph_value_to_json(life_result(reply, "value"));
    cr_expect_str_eq(json, "{\"a\":[1,2.5,null,true],\"b\":\"ü\"}");
}

EACH_LANGUAGE(plugin_work, a_method_can_answer_later_and_others_run_meanwhile)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    ph_cleanup(raw_destroy) raw_t *late = life_send(daemon, "life", "later", "{'ms': 300}");
    life_do(daemon, "life", "echo", "{'value': 1}");
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(late, WAIT_MS);
    cr_expect_str_eq(ph_value_string(life_result(reply, "value"), ""), "later");
}

EACH_LANGUAGE(plugin_work, a_method_refuses_with_code_reason_and_hint)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    struct ph_error err = life_refused(daemon, "life", "refuse", "{'code': 'conflict'}");
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, "not today");
    cr_expect_str_eq(err.hint, "ask tomorrow");
    err = life_refused(daemon, "life", "refuse", "{'code': 'rainy'}");
    cr_expect_eq(err.code, PH_INTERNAL);
}

EACH_LANGUAGE(plugin_work, arguments_that_do_not_fit_are_refused_before_the_method_runs)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    struct ph_error err = life_refused(daemon, "life", "later", "{'ms': 1, 'sm': 2}");
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect(strstr(err.message, "'sm'"), "%s", err.message);
    err = life_refused(daemon, "life", "later", "{}");
    cr_expect(err.code == PH_INVALID && strstr(err.message, "'ms'"), "%s", err.message);
    err = life_refused(daemon, "life", "later", "{'ms': 'soon'}");
    cr_expect(err.code == PH_INVALID && strstr(err.message, "'ms'"), "%s", err.message);
    err = life_refused(daemon, "life", "ecko", "{}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect(strstr(err.hint, "echo"), "%s", err.hint);
}

EACH_LANGUAGE(plugin_work, a_method_learns_that_the_time_of_its_caller_is_over)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    struct ph_error err = daemon_call_refused(
        daemon, "invoke", "{'plugin': 'life', 'method': 'hold', 'timeout': 0.3}");
    cr_expect_eq(err.code, PH_TIMEOUT);
    life_wait_record(daemon, "life", "cancelled");
    life_do(daemon, "life", "echo", "{'value': 1}");
}

EACH_LANGUAGE(plugin_work, a_method_learns_that_its_caller_has_ended)
{
    ph_cleanup(ph_freep) char *other = life_section(*language, "other", "");
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, other);
    daemon_do(daemon, "start", "other", true);
    pid_t caller = daemon_wait_started(daemon, "other", WAIT_MS);
    ph_cleanup(raw_destroy) raw_t *client =
        life_send(daemon, "other", "relay", "{'plugin': 'life', 'method': 'hold'}");
    life_wait_record(daemon, "life", "holds");
    cr_assert_eq(kill(caller, SIGKILL), 0);
    life_wait_record(daemon, "life", "cancelled");
    call_expect_refused(
        client, "plugin 'other' has not answered 'relay': it died: killed by SIGKILL", WAIT_MS);
}

/* ---- from plugin to plugin ---- */

/* Starts `life` in one language and `other` in the other. */
static daemon_t *start_both(int language)
{
    ph_cleanup(ph_freep) char *other = life_section(1 - language, "other", "");
    daemon_t *daemon = life_start(language, other);
    daemon_do(daemon, "start", "other", true);
    return daemon;
}

EACH_LANGUAGE(plugin_work, it_invokes_one_of_the_other_language_and_the_trace_goes_along)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_both(*language);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "invoke",
                    "{'plugin': 'life', 'method': 'relay', 'trace': 'order-7', 'timeout': 9,"
                    " 'args': {'plugin': 'other', 'method': 'echo', 'value': [1, 'two']}}");
    const ph_value_t *inner = life_result(reply, "inner");
    ph_cleanup(ph_freep) char *json = ph_value_to_json(inner);
    cr_expect_str_eq(json, "{\"value\":[1,\"two\"],\"trace\":\"order-7\"}");
    cr_expect_str_eq(reply_text(reply, "trace"), "order-7");
}

EACH_LANGUAGE(plugin_work, without_a_trace_the_daemon_makes_one_for_all)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_both(*language);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        life_invoke(daemon, "life", "relay", "{'plugin': 'other', 'method': 'echo', 'value': 1}");
    const char *trace = ph_value_string(ph_value_get(life_result(reply, "inner"), "trace"), "");
    cr_expect(trace[0]);
    cr_expect_str_eq(trace, reply_text(reply, "trace"));
}

EACH_LANGUAGE(plugin_work, who_calls_one_that_crashes_hears_at_once_of_its_death)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_both(*language);
    struct ph_error err =
        life_refused(daemon, "life", "relay", "{'plugin': 'other', 'method': 'crash'}");
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect_str_eq(err.message,
                     "plugin 'other' has not answered 'crash': it died: killed by SIGKILL");
}

EACH_LANGUAGE(plugin_work, a_refusal_goes_through_to_who_asked_first)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_both(*language);
    struct ph_error err =
        life_refused(daemon, "life", "relay", "{'plugin': 'other', 'method': 'later', 'value': 1}");
    cr_expect_eq(err.code, PH_INVALID);
    err = life_refused(daemon, "life", "relay", "{'plugin': 'nobody', 'method': 'later'}");
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect(strstr(err.message, "'nobody'"), "%s", err.message);
}

EACH_LANGUAGE(plugin_work, it_cannot_wait_for_itself)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    struct ph_error err =
        life_refused(daemon, "life", "relay", "{'plugin': 'plugin:LIFE', 'method': 'echo'}");
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "plugin 'LIFE' cannot invoke itself");
}

/* ---- log and metrics ---- */

EACH_LANGUAGE(plugin_work, its_log_lines_have_fields)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    life_do(daemon, "life", "say", "{'text': 'sold out: 100 %s'}");
    daemon_wait_log(daemon, "plugin:life: sold out: 100 %s n=7 share=0.5 is_new=true who=\"a b\"\n",
                    WAIT_MS);
}

static const ph_value_t *find_metric(const ph_message_t *reply, const char *name)
{
    const ph_value_t *metrics = ph_value_get(ph_message_body(reply), "metrics");
    for (size_t i = 0; i < ph_value_size(metrics); i++) {
        const ph_value_t *metric = ph_value_at(metrics, i);
        if (strcmp(ph_value_string(ph_value_get(metric, "name"), ""), name) == 0)
            return metric;
    }
    cr_assert_fail("there is no metric '%s'", name);
    return NULL;
}

static double metric_number(const ph_message_t *reply, const char *name, const char *key)
{
    return ph_value_float(ph_value_get(find_metric(reply, name), key), -1);
}

EACH_LANGUAGE(plugin_work, what_it_measures_is_kept_over_its_restarts)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = life_start(*language, "");
    life_do(daemon, "life", "measure", "{}");
    daemon_do(daemon, "restart", "life", true);
    life_do(daemon, "life", "measure", "{}");
    daemon_do(daemon, "stop", "life", true);
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "metrics", "{'name': 'life'}");
    cr_expect_float_eq(metric_number(reply, "orders", "value"), 4, 0.001);
    cr_expect_float_eq(metric_number(reply, "load", "value"), 1.5, 0.001);
    cr_expect_float_eq(metric_number(reply, "waited", "count"), 6, 0.001);
    cr_expect_float_eq(metric_number(reply, "waited", "sum"), 12, 0.001);
    cr_expect_float_eq(metric_number(reply, "waited", "min"), 1, 0.001);
    cr_expect_float_eq(metric_number(reply, "waited", "max"), 3, 0.001);
}
