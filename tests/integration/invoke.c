/* Invocations, with a plugin by hand that is played by a bare socket. */
#include <alloc.h>
#include <calls.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <string.h>
#include <wire/value.h>

enum { WAIT_MS = 5000 };

TestSuite(invoke, .timeout = 60);

/* The request is JSON in which ' stands for ". Returns the reply, which the caller owns. */
static ph_message_t *ask(raw_t *raw, const char *request)
{
    ph_cleanup(ph_freep) char *text = ph_strdup(request);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    raw_send_text(raw, text, 0);
    size_t size;
    ph_cleanup(ph_freep) char *reply = raw_receive(raw, &size, WAIT_MS);
    cr_assert_not_null(reply, "no answer to %s", text);
    struct ph_error err;
    static const struct wire_limits limits = {.max_depth = 16, .max_values = 10000};
    ph_message_t *message = wire_decode_json(reply, size, &limits, &err);
    cr_assert_not_null(message, "%s", reply);
    return message;
}

static void ask_well(raw_t *raw, const char *request)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = ask(raw, request);
    cr_assert_str_eq(reply_text(reply, "status"), "ok", "%s: %s", request,
                     reply_text(reply, "reason"));
}

static raw_t *become_plugin(const daemon_t *daemon, const char *more)
{
    raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *hello =
        ph_format("{'command': 'plugin.hello', 'id': 1, 'properties': {'name': 'hand',"
                  "'protocol_min': 1, 'protocol_max': 1, 'methods': [{'name': 'add'}]%s}}",
                  more);
    ask_well(raw, hello);
    ask_well(raw, "{'command': 'plugin.ready', 'id': 2}");
    return raw;
}

/* Receives what the daemon sends to the plugin. Returns its id. */
static int64_t take_command(raw_t *plugin, const char *command)
{
    ph_cleanup(ph_message_destroy) ph_message_t *request = raw_receive_map(plugin, WAIT_MS);
    cr_assert_str_eq(reply_text(request, "command"), command);
    return reply_number(request, "id");
}

static void answer(raw_t *plugin, int64_t id, int64_t result)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", id);
    ph_writer_string(reply, "status", "ok");
    ph_writer_int(reply, "result", result);
    raw_send_map(plugin, reply, 0);
}

Test(invoke, the_answer_comes_back_and_a_second_one_is_ignored)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke", "{'plugin': 'hand', 'method': 'add'}");
    int64_t id = take_command(plugin, "invoke");
    answer(plugin, id, 3);
    answer(plugin, id, 4);
    answer(plugin, id + 1, 5);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(caller, WAIT_MS);
    cr_expect_eq(reply_number(reply, "result"), 3);
    raw_expect_pong(caller);
}

Test(invoke, what_is_over_in_time_is_cancelled)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke", "{'plugin': 'hand', 'method': 'add', 'timeout': 0.05}");
    int64_t id = take_command(plugin, "invoke");
    call_expect_refused(caller, "plugin 'hand' has not answered 'add': its time is over", WAIT_MS);
    take_command(plugin, "cancel");
    answer(plugin, id, 3);
    raw_expect_pong(caller);
}

Test(invoke, a_new_connection_loses_what_the_old_one_had)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = become_plugin(daemon, "");
    ph_cleanup(raw_destroy) raw_t *caller =
        daemon_send(daemon, "invoke", "{'plugin': 'hand', 'method': 'add'}");
    int64_t id = take_command(plugin, "invoke");
    ph_cleanup(raw_destroy) raw_t *again = become_plugin(daemon, "");
    cr_expect_neq(again, plugin);
    call_expect_refused(caller, "its connection broke", WAIT_MS);
    answer(plugin, id, 3);
    raw_expect_pong(caller);
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
    cr_assert_not_null(plugin);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ph_error err = daemon_call_refused(daemon, "invoke", cases[i].properties);
        cr_expect_str_eq(err.message, cases[i].message);
    }
}

/* Each of them had the daemon read a key that there is not. */
Test(invoke, what_a_plugin_describes_wrongly_does_no_harm)
{
    static const char *const options[] = {"'text'", "[1]", "['text', [1, 2], null]",
                                          "[{'name': 3}]", "{'a': 1}"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        ph_cleanup(ph_freep) char *more = ph_format(", 'options': %s", options[i]);
        ph_cleanup(raw_destroy) raw_t *plugin = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
        ph_cleanup(ph_freep) char *hello =
            ph_format("{'command': 'plugin.hello', 'id': 1, 'properties': {'name': 'hand',"
                      "'protocol_min': 1, 'protocol_max': 1%s}}",
                      more);
        ph_cleanup(ph_message_destroy) ph_message_t *welcome = ask(plugin, hello);
        if (strcmp(reply_text(welcome, "status"), "ok") == 0)
            daemon_call_do(daemon, "describe", "{'name': 'hand'}");
        raw_expect_pong(plugin);
    }
}
