/* The endpoint and strangers: plain REQ and DEALER sockets, msgpack and JSON, calls and casts. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <raw.h>
#include <stdlib.h>
#include <string.h>

TestSuite(endpoint, .timeout = 120);

enum { REPLY_MS = 10000 };

static ph_writer_t *make_request(const char *command, int64_t id)
{
    ph_writer_t *request = ph_writer_new();
    ph_writer_string(request, "command", command);
    ph_writer_int(request, "id", id);
    return request;
}

/* ---- good requests of each kind ---- */

Test(endpoint, a_req_socket_gets_its_reply)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    for (int i = 0; i < 3; i++)
        raw_expect_pong(client);
}

Test(endpoint, a_dealer_gets_its_reply_without_an_empty_frame)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_send_text(client, "{\"command\": \"ping\"}", 0);
    size_t size = 0;
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_assert_not_null(reply);
    cr_expect_eq(reply[0], '{');
    cr_expect(!raw_has_more(client));
}

Test(endpoint, a_dealer_that_sends_an_empty_frame_gets_one)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_send_text(client, "", ZMQ_SNDMORE);
    raw_send_text(client, "{\"command\": \"ping\"}", 0);
    size_t size = 1;
    ph_cleanup(ph_freep) char *first = raw_receive(client, &size, REPLY_MS);
    cr_assert_not_null(first);
    cr_expect_eq(size, 0);
    cr_expect(raw_has_more(client));
}

Test(endpoint, an_envelope_of_several_hops_comes_back_whole)
{
    static const char *const hops[] = {"first hop", "second hop", ""};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (size_t i = 0; i < 3; i++)
        raw_send_text(client, hops[i], ZMQ_SNDMORE);
    raw_send_text(client, "{\"command\": \"ping\"}", 0);
    for (size_t i = 0; i < 3; i++) {
        size_t size = 0;
        ph_cleanup(ph_freep) char *frame = raw_receive(client, &size, REPLY_MS);
        cr_assert_not_null(frame);
        cr_expect_str_eq(frame, hops[i]);
        cr_assert(raw_has_more(client));
    }
    size_t size = 0;
    ph_cleanup(ph_freep) char *body = raw_receive(client, &size, REPLY_MS);
    cr_expect(strstr(body, "\"status\":\"ok\""), "%s", body);
}

Test(endpoint, a_json_request_gets_a_json_reply)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    raw_send_text(client, " \r\n{\"id\": \"a-1\", \"command\": \"list\", \"properties\": {}}", 0);
    size_t size = 0;
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_expect(strstr(reply, "\"id\":\"a-1\""), "%s", reply);
    cr_expect(strstr(reply, "\"status\":\"ok\""), "%s", reply);
    cr_expect(strstr(reply, "\"watchers\":[\"web\"]"), "%s", reply);
}

static void expect_json(raw_t *client, const char *request, const char *part)
{
    size_t size = 0;
    raw_send_text(client, request, 0);
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_expect(strstr(reply, part), "%s", reply);
}

/* A plugin may describe itself in msgpack, where a key can be there twice. */
static void say_hello_twice(raw_t *client)
{
    size_t size = 0;
    ph_cleanup(ph_writer_destroy) ph_writer_t *hello = make_request("plugin.hello", 1);
    ph_writer_map(hello, "properties");
    ph_writer_string(hello, "name", "hand");
    ph_writer_int(hello, "protocol_min", PH_PROTOCOL);
    ph_writer_int(hello, "protocol_max", PH_PROTOCOL);
    ph_writer_array(hello, "options");
    ph_writer_map(hello, NULL);
    ph_writer_string(hello, "name", "x");
    ph_writer_string(hello, "type", "int");
    ph_writer_string(hello, "type", "text");
    ph_writer_end(hello);
    ph_writer_end(hello);
    ph_writer_end(hello);
    raw_send_map(client, hello, 0);
    free(raw_receive(client, &size, REPLY_MS));
}

Test(endpoint, no_key_is_twice_in_a_json_reply)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    say_hello_twice(client);
    expect_json(client, "{\"command\": \"describe\", \"properties\": {\"name\": \"hand\"}}",
                "\"options\":[{\"name\":\"x\",\"type\":\"int\"}]");
    expect_json(client,
                "{\"command\": \"get\", \"properties\": {\"name\": \"web\", \"keys\": "
                "[\"nice\", \"numprocesses\", \"nice\", \"numprocesses\"]}}",
                "\"options\":{\"nice\":null,\"numprocesses\":1}");
}

Test(endpoint, an_error_to_a_json_request_is_json)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    raw_send_text(client, "{\"command\": \"pong\", \"id\": 5}", 0);
    size_t size = 0;
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_expect(strstr(reply, "\"code\":\"unknown_command\""), "%s", reply);
    cr_expect(strstr(reply, "\"errno\":2"), "%s", reply);
    cr_expect(strstr(reply, "\"id\":5"), "%s", reply);
    cr_expect(strstr(reply, "\"hint\":\"did you mean 'ping'?\""), "%s", reply);
}

Test(endpoint, an_id_of_any_type_comes_back)
{
    static const char *const ids[] = {"7",    "-1.5",     "true",
                                      "null", "\"text\"", "[1,{\"deep\":[\"er\",null]}]"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        ph_cleanup(ph_freep) char *request = ph_format("{\"command\":\"ping\",\"id\":%s}", ids[i]);
        ph_cleanup(ph_freep) char *wanted = ph_format("\"id\":%s,", ids[i]);
        raw_send_text(client, request, 0);
        size_t size = 0;
        ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
        cr_expect(strstr(reply, wanted), "%s", reply);
    }
}

Test(endpoint, a_reply_has_the_time)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_message_destroy) ph_message_t *pong = daemon_command(daemon, "ping", NULL, false);
    cr_expect_gt(ph_value_float(ph_value_get(ph_message_body(pong), "time"), 0), 1.7e9);
}

/* ---- casts ---- */

static void send_cast(raw_t *client, const char *command)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *cast = make_request(command, 1);
    ph_writer_string(cast, "msg_type", "cast");
    raw_send_map(client, cast, 0);
}

Test(endpoint, a_cast_of_a_req_socket_is_acknowledged)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    static const char *const commands[] = {"stop", "no such command"};
    for (size_t i = 0; i < 2; i++) {
        send_cast(client, commands[i]);
        ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, REPLY_MS);
        cr_expect_str_eq(reply_text(reply, "status"), "ok");
        cr_expect_null(ph_value_get(ph_message_body(reply), "watchers"), "it tells nothing");
    }
    daemon_wait_status(daemon, "web", "stopped", 5000);
}

Test(endpoint, a_cast_of_a_dealer_gets_nothing_not_even_an_error)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    send_cast(client, "stop");
    send_cast(client, "no such command");
    raw_expect_pong(client); /* the first thing that comes back is the reply to what came last */
    daemon_wait_status(daemon, "web", "stopped", 5000);
}

Test(endpoint, a_cast_that_waits_gets_nothing_later_either)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_send_text(client,
                  "{\"command\":\"stop\",\"msg_type\":\"cast\",\"properties\":{\"waiting\":true}}",
                  0);
    daemon_wait_status(daemon, "web", "stopped", 5000);
    raw_expect_pong(client);
}

/* ---- the plugin protocol, from outside ---- */

static ph_message_t *say_hello(raw_t *client, int min, int max, const char *token)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = make_request("plugin.hello", 1);
    ph_writer_map(request, "properties");
    ph_writer_string(request, "name", "stranger");
    ph_writer_int(request, "protocol_min", min);
    ph_writer_int(request, "protocol_max", max);
    if (token)
        ph_writer_string(request, "token", token);
    ph_writer_end(request);
    raw_send_map(client, request, 0);
    return raw_receive_map(client, REPLY_MS);
}

Test(endpoint, a_plugin_in_any_language_is_welcomed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_message_destroy) ph_message_t *welcome = say_hello(client, 1, 9, NULL);
    cr_expect_str_eq(reply_text(welcome, "status"), "ok");
    cr_expect_eq(reply_number(welcome, "protocol"), PH_PROTOCOL);
    cr_expect_eq(strncmp(reply_text(welcome, "pubsub_endpoint"), "ipc://", 6), 0);
}

Test(endpoint, a_plugin_of_another_protocol_is_told_who_must_be_upgraded)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_message_destroy) ph_message_t *newer = say_hello(client, 8, 9, NULL);
    cr_expect_str_eq(reply_text(newer, "code"), "incompatible");
    cr_expect(strstr(reply_text(newer, "reason"), "upgrade plughostd"), "%s",
              reply_text(newer, "reason"));
    ph_cleanup(ph_message_destroy) ph_message_t *older = say_hello(client, 0, 0, NULL);
    cr_expect_str_eq(reply_text(older, "code"), "incompatible");
    cr_expect(strstr(reply_text(older, "reason"), "upgrade the plugin"), "%s",
              reply_text(older, "reason"));
}

Test(endpoint, a_token_that_nobody_was_given_is_denied)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_message_destroy) ph_message_t *reply = say_hello(client, 1, 1, "00112233");
    cr_expect_str_eq(reply_text(reply, "code"), "denied");
    cr_expect_eq(reply_number(reply, "errno"), 3);
}
