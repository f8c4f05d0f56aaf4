/* Invocations: the way to a plugin and back, and what there is instead when it is in vain. The
 * plugin is played by a bare socket where it must do what a library would not. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <files.h>
#include <played.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MS = 10000, MAX_PENDING = 1000 };

#define ADD ", 'methods': [{'name': 'add'}]"

TestSuite(invoke, .timeout = 60);

static raw_t *become_plugin(const daemon_t *daemon, const char *more)
{
    ph_cleanup(ph_freep) char *all = ph_format(ADD "%s", more);
    raw_t *raw = played_by_hand(daemon, "hand", all);
    played_ready(raw);
    return raw;
}

static raw_t *invoke_add(daemon_t *daemon)
{
    return daemon_send(daemon, "invoke", "{'plugin': 'hand', 'method': 'add'}");
}

/* ---- there and back ---- */

Test(invoke, the_answer_comes_back_and_a_second_one_is_ignored)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller = invoke_add(daemon);
    int64_t id = played_take_id(plugin, "invoke");
    played_answer(plugin, id, 3);
    played_answer(plugin, id, 4);
    played_answer(plugin, id + 1, 5);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(caller, WAIT_MS);
    cr_expect_eq(reply_number(reply, "result"), 3);
    raw_expect_pong(caller);
}

Test(invoke, a_refusal_of_the_plugin_comes_back_and_an_unknown_code_is_internal)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *first = invoke_add(daemon);
    played_refuse(plugin, played_take_id(plugin, "invoke"), "conflict", "not today");
    ph_cleanup(ph_message_destroy) ph_message_t *known = raw_receive_map(first, WAIT_MS);
    cr_expect_str_eq(reply_text(known, "code"), "conflict");
    cr_expect_str_eq(reply_text(known, "reason"), "not today");
    ph_cleanup(raw_destroy) raw_t *second = invoke_add(daemon);
    played_refuse(plugin, played_take_id(plugin, "invoke"), "EAGAIN", "not tomorrow");
    ph_cleanup(ph_message_destroy) ph_message_t *unknown = raw_receive_map(second, WAIT_MS);
    cr_expect_str_eq(reply_text(unknown, "code"), "internal");
    cr_expect_str_eq(reply_text(unknown, "reason"), "not tomorrow");
}

Test(invoke, the_plugin_is_told_what_how_long_for_whom_and_the_trace)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(
        daemon, "hand", ", 'methods': [{'name': 'add', 'args': [{'name': 'x', 'type': 'int'}]}]");
    played_ready(plugin);
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke",
                    "{'plugin': 'PLUGIN:Hand', 'method': 'add', 'args': {'x': 3}, 'timeout': 9.5,"
                    "'trace': 't-1'}");
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(plugin, "invoke");
    const ph_value_t *told = ph_value_get(ph_message_body(request), "properties");
    ph_cleanup(ph_freep) char *who = ph_format("uid %d pid %d", (int)geteuid(), (int)getpid());
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "method"), ""), "add");
    cr_expect_eq(ph_value_int(ph_value_get(ph_value_get(told, "args"), "x"), 0), 3);
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "trace"), ""), "t-1");
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "caller"), ""), who);
    double timeout = ph_value_float(ph_value_get(told, "timeout"), 0);
    cr_expect(timeout > 0 && timeout <= 9.5, "%g", timeout);
    raw_expect_pong(caller); /* it still waits */
}

Test(invoke, what_cannot_be_is_refused_with_the_reason)
{
    static const struct {
        const char *properties, *message;
    } cases[] = {
        {"{'plugin': 'hund', 'method': 'add'}", "there is no plugin 'hund'"},
        {"{'plugin': 'hand', 'method': 'adds'}", "plugin 'hand' has no method 'adds'"},
        {"{'plugin': 'hand', 'method': 'add', 'args': {'x': 1}}",
         "method 'add' has no argument 'x'"},
        {"{'plugin': 'hand', 'method': 'add', 'timeout': 0}",
         "timeout 0 is out of range: more than 0, at most 86400 seconds"},
    };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ph_error err = daemon_call_refused(daemon, "invoke", cases[i].properties);
        cr_expect_str_eq(err.message, cases[i].message);
    }
    raw_expect_pong(plugin); /* and has got nothing of it */
}

/* Each of them had the daemon read a key that there is not. */
Test(invoke, what_a_plugin_describes_wrongly_does_no_harm)
{
    static const char *const options[] = {"'text'", "[1]", "['text', [1, 2], null]",
                                          "[{'name': 3}]", "{'a': 1}"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        ph_cleanup(raw_destroy) raw_t *plugin = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
        ph_cleanup(ph_freep) char *hello =
            ph_format("{'command': 'plugin.hello', 'id': 1, 'properties': {'name': 'hand',"
                      "'protocol_min': 1, 'protocol_max': 1, 'options': %s}}",
                      options[i]);
        ph_cleanup(ph_message_destroy) ph_message_t *welcome = raw_ask(plugin, hello);
        if (strcmp(reply_text(welcome, "status"), "ok") == 0)
            daemon_call_do(daemon, "describe", "{'name': 'hand'}");
        raw_expect_pong(plugin);
    }
}

Test(invoke, a_thousand_may_wait_for_a_plugin_and_not_one_more)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i <= MAX_PENDING; i++)
        raw_say(caller, "{'command': 'invoke', 'properties': {'plugin': 'hand', 'method': 'add',"
                        "'timeout': 60}}");
    ph_cleanup(ph_message_destroy) ph_message_t *refusal = raw_receive_json(caller);
    cr_expect_str_eq(reply_text(refusal, "code"), "busy");
    cr_expect_str_eq(reply_text(refusal, "reason"),
                     "1000 invocations wait for plugin 'hand' already");
    for (int i = 0; i < MAX_PENDING; i++)
        played_answer(plugin, played_take_id(plugin, "invoke"), i);
    for (int i = 0; i < MAX_PENDING; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_receive_json(caller);
        cr_assert_eq(reply_number(answer, "result"), i);
    }
}

/* ---- how much ---- */

/* A text is kept twice, as it came and decoded; of so large ones, the most that may wait. More than
 * enough of anything that takes a megabyte are too many. */
enum { LARGE_BYTES = 1000000, MOST_LARGE = (32 << 20) / (2 * LARGE_BYTES), TOO_MANY_LARGE = 40 };

#define LARGE ", 'methods': [{'name': 'add', 'args': [{'name': 'text'}]}]"

/* Begins a request to invoke, whose properties are open. */
static ph_writer_t *begin_invoke(const char *plugin)
{
    ph_writer_t *request = ph_writer_new();
    ph_writer_string(request, "command", "invoke");
    ph_writer_map(request, "properties");
    ph_writer_string(request, "plugin", plugin);
    ph_writer_string(request, "method", "add");
    ph_writer_int(request, "timeout", 60);
    return request;
}

static char *large_text(void)
{
    char *text = ph_calloc(LARGE_BYTES + 1, 1);
    memset(text, 'x', LARGE_BYTES);
    return text;
}

static void invoke_large(raw_t *caller, const char *plugin)
{
    ph_cleanup(ph_freep) char *text = large_text();
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_invoke(plugin);
    ph_writer_map(request, "args");
    ph_writer_string(request, "text", text);
    ph_writer_end(request);
    ph_writer_end(request);
    raw_send_map(caller, request, 0);
}

static void expect_too_large(raw_t *caller, const char *plugin)
{
    ph_cleanup(ph_message_destroy) ph_message_t *refusal = raw_receive_map(caller, WAIT_MS);
    const char *reason = reply_text(refusal, "reason");
    ph_cleanup(ph_freep) char *middle =
        ph_format(" bytes wait for plugin '%s' already; with ", plugin);
    cr_expect_str_eq(reply_text(refusal, "code"), "busy", "%s", reason);
    cr_expect(strstr(reason, "invocations of 3") == reason, "%s", reason);
    cr_expect(strstr(reason, middle), "%s", reason);
    cr_expect(strstr(reason, " more it would be more than the 33554432 allowed"), "%s", reason);
}

/* Answers all that waits, and expects the answers to arrive. */
static void expect_answers(raw_t *plugin, raw_t *caller)
{
    for (int i = 0; i < MOST_LARGE; i++)
        played_answer(plugin, played_take_id(plugin, "invoke"), 2);
    for (int i = 0; i < MOST_LARGE; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_receive_map(caller, WAIT_MS);
        cr_assert_eq(reply_number(answer, "result"), 2, "%s", reply_text(answer, "reason"));
    }
}

Test(invoke, what_waits_for_a_plugin_has_a_limit_in_bytes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "hand", LARGE);
    played_ready(plugin);
    ph_cleanup(raw_destroy) raw_t *caller = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i <= MOST_LARGE; i++)
        invoke_large(caller, "hand");
    expect_too_large(caller, "hand");
    played_answer(plugin, played_take_id(plugin, "invoke"), 1);
    ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_receive_map(caller, WAIT_MS);
    cr_expect_eq(reply_number(answer, "result"), 1);
    invoke_large(caller, "hand"); /* what was answered has made room */
    expect_answers(plugin, caller);
}

Test(invoke, what_waits_for_a_plugin_that_is_to_come_has_the_same_limit)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i <= MOST_LARGE; i++)
        invoke_large(caller, "played");
    expect_too_large(caller, "played");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, LARGE);
    played_ready(plugin);
    expect_answers(plugin, caller);
}

/* Sends a request to plugin 'hand' so often that not all can wait. */
static void expect_too_many(const daemon_t *daemon, const ph_writer_t *request)
{
    ph_cleanup(raw_destroy) raw_t *caller = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i < TOO_MANY_LARGE; i++)
        raw_send_map(caller, request, 0);
    expect_too_large(caller, "hand");
}

Test(invoke, what_nobody_reads_of_a_request_counts_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(ph_freep) char *text = large_text();
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_invoke("hand");
    ph_writer_end(request);
    ph_writer_string(request, "unknown", text);
    expect_too_many(daemon, request);
}

Test(invoke, blanks_in_json_count_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *request =
        ph_format("{%*s'command': 'invoke', 'properties': {'plugin': 'hand', 'method': 'add', "
                  "'timeout': 60}}",
                  LARGE_BYTES, "");
    for (int i = 0; i < TOO_MANY_LARGE; i++)
        raw_say(caller, request);
    ph_cleanup(ph_message_destroy) ph_message_t *refusal = raw_receive_json(caller);
    cr_expect_str_eq(reply_text(refusal, "code"), "busy", "%s", reply_text(refusal, "reason"));
}

/* Each takes one byte as it comes, and 24 decoded. */
Test(invoke, very_many_small_values_count_as_they_are_kept)
{
    enum { VALUES = LARGE_BYTES / 20 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "hand", LARGE);
    played_ready(plugin);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_invoke("hand");
    ph_writer_map(request, "args");
    ph_writer_array(request, "text");
    for (int i = 0; i < VALUES; i++)
        ph_writer_nil(request, NULL);
    ph_writer_end(request);
    ph_writer_end(request);
    ph_writer_end(request);
    expect_too_many(daemon, request);
}

/* ---- the end before the answer ---- */

Test(invoke, what_is_over_in_time_is_cancelled)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke", "{'plugin': 'hand', 'method': 'add', 'timeout': 0.05}");
    int64_t id = played_take_id(plugin, "invoke");
    call_expect_refused(caller, "plugin 'hand' has not answered 'add': its time is over", WAIT_MS);
    ph_cleanup(ph_message_destroy) ph_message_t *cancel = played_take(plugin, "cancel");
    const ph_value_t *told = ph_value_get(ph_message_body(cancel), "properties");
    cr_expect_eq(ph_value_int(ph_value_get(told, "id"), -1), id);
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "reason"), ""), "its time is over");
    played_answer(plugin, id, 3);
    raw_expect_pong(caller);
}

Test(invoke, a_new_connection_loses_what_the_old_one_had)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller = invoke_add(daemon);
    int64_t id = played_take_id(plugin, "invoke");
    ph_cleanup(raw_destroy) raw_t *again = become_plugin(daemon, "");
    call_expect_refused(caller, "its connection broke", WAIT_MS);
    played_answer(plugin, id, 3);
    raw_expect_pong(caller);
    raw_expect_pong(again);
}

Test(invoke, a_plugin_that_dies_is_the_end_of_what_it_had_with_the_cause)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:workshop]\nneeded = x\nautostart = no\n");
    daemon_do(daemon, "start", "workshop", true);
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke", "{'plugin': 'workshop', 'method': 'keep', 'timeout': 60}");
    raw_expect_pong(caller); /* it has been taken */
    cr_assert_eq(kill(daemon_status(daemon, "workshop").pid, SIGKILL), 0);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(caller, WAIT_MS);
    cr_expect_str_eq(reply_text(reply, "code"), "unavailable");
    cr_expect(strstr(reply_text(reply, "reason"), "plugin 'workshop' has not answered 'keep': it "
                                                  "died: killed by SIGKILL"),
              "%s", reply_text(reply, "reason"));
}

Test(invoke, the_cause_does_not_wait_for_a_hook)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[plugin:workshop]\nneeded = x\nhooks.before_reap = sh -c 'read x <@DIR@/go'\n");
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "workshop", true);
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke", "{'plugin': 'workshop', 'method': 'keep', 'timeout': 60}");
    raw_expect_pong(caller); /* it has been taken */
    cr_assert_eq(kill(daemon_status(daemon, "workshop").pid, SIGKILL), 0);
    call_expect_refused(caller, "it died: killed by SIGKILL", WAIT_MS);
    fifo_write(go, "x\n");
}

Test(invoke, nothing_is_wanted_any_more_by_a_process_that_has_ended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(program_destroy) program_t *caller =
        daemon_start_ctl(daemon, "invoke", "hand", "add", NULL);
    int64_t id = played_take_id(plugin, "invoke");
    program_signal(caller, SIGKILL);
    cr_assert_eq(program_wait(caller, WAIT_MS), -SIGKILL);
    ph_cleanup(ph_message_destroy) ph_message_t *cancel = played_take(plugin, "cancel");
    const ph_value_t *told = ph_value_get(ph_message_body(cancel), "properties");
    cr_expect_eq(ph_value_int(ph_value_get(told, "id"), -1), id);
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "reason"), ""), "the caller has ended");
}

Test(invoke, nothing_is_wanted_any_more_by_a_session_that_has_ended)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller = played_connect(daemon, played, "");
    raw_say(caller,
            "{'command': 'invoke', 'id': 1, 'properties': {'plugin': 'hand', 'method': 'add'}}");
    ph_cleanup(ph_message_destroy) ph_message_t *request = played_take(plugin, "invoke");
    const ph_value_t *told = ph_value_get(ph_message_body(request), "properties");
    cr_expect_str_eq(ph_value_string(ph_value_get(told, "caller"), ""), "plugin:played");
    cr_assert_eq(kill(played_pid(played), SIGKILL), 0);
    played_take_id(plugin, "cancel");
}

/* ---- plugins that do not run yet, or not any more ---- */

/* Its start waits for the test. */
#define SLOW                                                                                       \
    "[plugin:workshop]\nneeded = x\nautostart = no\n"                                              \
    "hooks.before_start = sh -c 'read x <@DIR@/go'\n"

static raw_t *invoke_slow(daemon_t *daemon, const char *timeout)
{
    ph_cleanup(ph_freep) char *properties = ph_format(
        "{'plugin': 'workshop', 'method': 'add', 'args': {'a': 1, 'b': 2}, 'timeout': %s}",
        timeout);
    return daemon_send(daemon, "invoke", properties);
}

static void expect_three(raw_t *caller)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(caller, WAIT_MS);
    cr_assert_str_eq(reply_text(reply, "status"), "ok", "%s", reply_text(reply, "reason"));
    const ph_value_t *result = ph_value_get(ph_message_body(reply), "result");
    cr_expect_eq(ph_value_int(ph_value_get(result, "sum"), 0), 3);
}

Test(invoke, a_plugin_that_starts_gets_its_invocations_when_it_is_ready)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW);
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "workshop", false);
    ph_cleanup(raw_destroy) raw_t *first = invoke_slow(daemon, "30");
    ph_cleanup(raw_destroy) raw_t *second = invoke_slow(daemon, "30");
    ph_cleanup(raw_destroy) raw_t *third = invoke_slow(daemon, "0.05");
    call_expect_refused(third, "it was not ready in time", WAIT_MS);
    fifo_write(go, "x\n");
    expect_three(first);
    expect_three(second);
}

Test(invoke, what_waits_is_refused_when_the_plugin_is_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW);
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "workshop", false);
    ph_cleanup(raw_destroy) raw_t *caller = invoke_slow(daemon, "30");
    raw_expect_pong(caller); /* it has been taken */
    daemon_do(daemon, "stop", "workshop", false);
    call_expect_refused(caller, "plugin 'workshop' is stop", WAIT_MS);
    fifo_write(go, "x\n");
}

Test(invoke, a_thousand_may_wait_for_a_plugin_that_is_to_come)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW);
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "workshop", false);
    ph_cleanup(raw_destroy) raw_t *caller = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i <= MAX_PENDING; i++)
        raw_say(caller, "{'command': 'invoke', 'properties': {'plugin': 'workshop',"
                        "'method': 'add', 'args': {'a': 1, 'b': 2}, 'timeout': 60}}");
    ph_cleanup(ph_message_destroy) ph_message_t *refusal = raw_receive_json(caller);
    cr_expect_str_eq(reply_text(refusal, "reason"),
                     "1000 invocations wait for plugin 'workshop' already");
    fifo_write(go, "x\n");
    for (int i = 0; i < MAX_PENDING; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *answer = raw_receive_json(caller);
        cr_assert_str_eq(reply_text(answer, "status"), "ok", "%s", reply_text(answer, "reason"));
    }
}

Test(invoke, a_plugin_that_is_stopped_or_failed_is_unavailable)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:workshop]\nneeded = x\nautostart = no\n"
                          "[plugin:fails_init]\nautostart = no\nmax_retry = 0\n");
    struct ph_error err =
        daemon_call_refused(daemon, "invoke", "{'plugin': 'workshop', 'method': 'add'}");
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect_str_eq(err.message, "plugin 'workshop' is stopped");
    daemon_do(daemon, "start", "fails_init", false);
    daemon_pass_event(daemon, "watcher.plugin:fails_init.failed", WAIT_MS);
    err = daemon_call_refused(daemon, "invoke", "{'plugin': 'fails_init', 'method': 'add'}");
    cr_expect_eq(err.code, PH_UNAVAILABLE);
    cr_expect(strstr(err.message, "plugin 'fails_init' is failed: "), "%s", err.message);
}

/* On tcp:// nobody is trusted who has no token. */
Test(invoke, what_waits_for_a_plugin_does_not_go_to_a_stranger_of_its_name)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_tcp(SLOW);
    ph_cleanup(ph_closep) int go = daemon_make_fifo(daemon, "go");
    daemon_do(daemon, "start", "workshop", false);
    ph_cleanup(raw_destroy) raw_t *caller = invoke_slow(daemon, "30");
    raw_expect_pong(caller); /* it has been taken */
    ph_cleanup(raw_destroy) raw_t *stranger = played_by_hand(daemon, "workshop", "");
    played_ready(stranger);
    ph_cleanup(raw_destroy) raw_t *other = invoke_slow(daemon, "30");
    raw_expect_pong(stranger);
    fifo_write(go, "x\n");
    expect_three(caller);
    expect_three(other);
    raw_expect_pong(stranger);
}
