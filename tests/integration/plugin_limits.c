/* What plugins and clients send too much of, or under a wrong name: it must cost the daemon little.
 */
#include <alloc.h>
#include <calls.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <played.h>
#include <string.h>

enum { WAIT_MS = 20000, SOON_MS = 2000, MANY = 40000 };

TestSuite(plugin_limits, .timeout = 60);

static ph_writer_t *begin_request(const char *command)
{
    ph_writer_t *request = ph_writer_new();
    ph_writer_string(request, "command", command);
    ph_writer_int(request, "id", 1);
    ph_writer_map(request, "properties");
    return request;
}

/* Ends the properties, sends it, and takes the answer, which the caller owns. */
static ph_message_t *finish_request(raw_t *raw, ph_writer_t *request)
{
    ph_writer_end(request);
    raw_send_map(raw, request, 0);
    return raw_receive_map(raw, WAIT_MS);
}

static void expect_done_soon(raw_t *raw, ph_writer_t *request)
{
    int64_t began_ms = ph_clock_ms();
    ph_cleanup(ph_message_destroy) ph_message_t *reply = finish_request(raw, request);
    cr_expect_str_eq(reply_text(reply, "status"), "ok", "%s", reply_text(reply, "reason"));
    cr_expect_lt(ph_clock_ms() - began_ms, SOON_MS, "the daemon did nothing else meanwhile");
}

static void expect_refused(raw_t *raw, ph_writer_t *request, const char *reason)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = finish_request(raw, request);
    cr_expect_str_eq(reply_text(reply, "code"), "invalid");
    cr_expect_str_eq(reply_text(reply, "reason"), reason);
}

Test(plugin_limits, a_line_for_the_log_with_very_many_fields_holds_nothing_up)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_request("plugin.log");
    ph_writer_string(request, "text", "much");
    ph_writer_map(request, "fields");
    for (int i = 0; i < MANY; i++) {
        ph_cleanup(ph_freep) char *key = ph_format("k%d", i);
        ph_writer_int(request, key, i);
    }
    ph_writer_end(request);
    expect_done_soon(raw, request);
    daemon_wait_log(daemon, "much k0=0 k1=1 ", SOON_MS);
}

Test(plugin_limits, a_program_with_very_many_arguments_is_added_soon)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_request("add");
    ph_writer_string(request, "name", "much");
    ph_writer_string(request, "cmd", "true");
    ph_writer_array(request, "args");
    for (int i = 0; i < 2 * MANY; i++)
        ph_writer_string(request, NULL, "a");
    ph_writer_end(request);
    expect_done_soon(raw, request);
}

Test(plugin_limits, a_plugin_is_not_given_options_without_end)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:logger]\nautostart = no\nfilename = /dev/null\n");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_request("set");
    ph_writer_string(request, "name", "logger");
    ph_writer_map(request, "options");
    for (int i = 0; i < MANY; i++) {
        ph_cleanup(ph_freep) char *key = ph_format("k%d", i);
        ph_writer_int(request, key, i);
    }
    ph_writer_end(request);
    expect_refused(raw, request, "40000 options are more than the 1000 allowed");
}

/* Expects that what is asked of one plugin, however often and in whichever letters, is `count`
 * items. */
static void expect_items_of_hand(raw_t *raw, const char *command, size_t count)
{
    static const char *const names[] = {"hand", "HAND", "plugin:hand", "Plugin:Hand"};
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_request(command);
    ph_writer_array(request, "name");
    for (int i = 0; i < MANY; i++)
        ph_writer_string(request, NULL, names[i % 4]);
    ph_writer_end(request);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = finish_request(raw, request);
    cr_expect_str_eq(reply_text(reply, "status"), "ok", "%s", reply_text(reply, "reason"));
    cr_expect_eq(ph_value_size(ph_value_get(ph_message_body(reply), command)), count);
}

Test(plugin_limits, a_plugin_that_is_named_many_times_is_told_of_once)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin =
        played_by_hand(daemon, "hand", ", 'methods': [{'name': 'a'}, {'name': 'b'}]");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_say(plugin, "{'command': 'plugin.metrics', 'msg_type': 'cast', 'properties': {'metrics':"
                    "{'n': {'type': 'gauge', 'value': 1}}}}");
    raw_expect_pong(plugin);
    expect_items_of_hand(raw, "methods", 2);
    expect_items_of_hand(raw, "metrics", 1);
    daemon_call_do(daemon, "methods", "{'name': 'plugin:hand'}");
    struct ph_error err = daemon_call_refused(daemon, "methods", "{'name': ['hand', 'hund']}");
    cr_expect_str_eq(err.message, "there is no plugin 'hund'");
}

static ph_writer_t *begin_hello(const char *name)
{
    ph_writer_t *request = begin_request("plugin.hello");
    ph_writer_string(request, "name", name);
    ph_writer_int(request, "protocol_min", 1);
    ph_writer_int(request, "protocol_max", 1);
    return request;
}

static void write_named_maps(ph_writer_t *request, const char *key, int count)
{
    ph_writer_array(request, key);
    for (int i = 0; i < count; i++) {
        ph_writer_map(request, NULL);
        ph_writer_format(request, "name", "number_%d", i);
        ph_writer_end(request);
    }
    ph_writer_end(request);
}

Test(plugin_limits, a_plugin_describes_a_thousand_options_and_not_one_more)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_writer_destroy) ph_writer_t *larger = begin_hello("much");
    write_named_maps(larger, "options", 1001);
    expect_refused(raw, larger, "1001 options are more than the 1000 allowed");
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_hello("much");
    write_named_maps(request, "options", 1000);
    write_named_maps(request, "methods", 1000);
    expect_done_soon(raw, request);
}

/* The daemon kept all of it, decoded, as long as the plugin had a session. */
Test(plugin_limits, what_a_plugin_says_of_itself_takes_little_memory)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_hello("much");
    ph_writer_array(request, "options");
    ph_writer_array(request, NULL);
    for (int i = 0; i < MANY; i++)
        ph_writer_nil(request, NULL);
    ph_writer_end(request);
    ph_writer_end(request);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = finish_request(raw, request);
    const char *reason = reply_text(reply, "reason");
    cr_expect_str_eq(reply_text(reply, "code"), "invalid");
    cr_expect(strstr(reason, "what the plugin says of itself beside its methods takes ") == reason,
              "%s", reason);
    cr_expect(strstr(reason, " bytes decoded; at most 262144 are allowed"), "%s", reason);
}

Test(plugin_limits, a_plugin_that_the_daemon_runs_may_have_many_methods)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_hello("played");
    ph_writer_string(request, "token", played_token(played));
    ph_writer_array(request, "methods");
    for (int i = 0; i < 1000; i++) {
        ph_writer_map(request, NULL);
        ph_writer_format(request, "name", "number_%d", i);
        ph_writer_format(request, "summary", "%0200d", i);
        write_named_maps(request, "args", 10);
        ph_writer_end(request);
    }
    ph_writer_end(request);
    expect_done_soon(plugin, request);
}

Test(plugin_limits, a_plugin_by_hand_has_a_name_like_any_other)
{
    static const struct {
        const char *name, *reason;
    } cases[] = {
        {"", "property 'name' of 'plugin.hello' is empty"},
        {"a\nb", "the name 'a?b' has other characters than allowed"},
        {"plugin:a", "the name 'plugin:a' has other characters than allowed"},
    };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ph_cleanup(ph_writer_destroy) ph_writer_t *request = begin_hello(cases[i].name);
        expect_refused(raw, request, cases[i].reason);
    }
}
