/* Events that applications and plugins publish. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <played.h>
#include <string.h>
#include <unistd.h>

enum { WAIT_MS = 10000, MANY = 500 };

TestSuite(publish, .timeout = 60);

static void expect_refused(daemon_t *daemon, const char *properties, enum ph_code code,
                           const char *message)
{
    struct ph_error err = daemon_call_refused(daemon, "publish", properties);
    cr_expect_eq(err.code, code, "%s", properties);
    cr_expect_str_eq(err.message, message);
}

static int64_t publish(daemon_t *daemon, const char *properties)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply = daemon_call(daemon, "publish", properties);
    return reply_number(reply, "seq");
}

/* ---- what subscribers get ---- */

Test(publish, an_event_has_its_fields_its_number_and_who_published_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "publish",
                    "{'topic': 'event.order.paid', 'fields': {'id': 7, 'sums': [1.5, null], 'by': "
                    "{'x': 'y'}}}");
    cr_expect_eq(reply_number(reply, "count"), 1);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "event.order.paid", WAIT_MS);
    const ph_value_t *body = ph_event_body(event);
    ph_cleanup(ph_freep) char *who = ph_format("uid %d pid %d", (int)geteuid(), (int)getpid());
    ph_cleanup(ph_freep) char *sums = ph_value_to_json(ph_value_get(body, "sums"));
    ph_cleanup(ph_freep) char *by = ph_value_to_json(ph_value_get(body, "by"));
    cr_expect_eq(ph_value_int(ph_value_get(body, "id"), 0), 7);
    cr_expect_str_eq(sums, "[1.5,null]");
    cr_expect_str_eq(by, "{\"x\":\"y\"}");
    cr_expect_str_eq(event_text(event, "publisher"), who);
    cr_expect_eq((int64_t)ph_event_seq(event), reply_number(reply, "seq"));
    cr_expect_eq(strlen(event_text(event, "epoch")), 16);
    cr_expect_gt(ph_event_time(event), 1.7e9);
}

Test(publish, an_event_may_be_sent_in_json_and_without_fields)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    raw_ask_well(raw, "{'command': 'publish', 'properties': {'topic': 'event.a',"
                      "'fields': {'n': 3, 'text': 'x\\u00e9'}}}");
    ph_cleanup(ph_event_destroy) ph_event_t *first = daemon_wait_event(daemon, "event.a", WAIT_MS);
    cr_expect_eq(event_number(first, "n"), 3);
    cr_expect_str_eq(event_text(first, "text"), "x\xc3\xa9");
    raw_ask_well(raw, "{'command': 'publish', 'properties': {'topic': 'event.b'}}");
    daemon_pass_event(daemon, "event.b", WAIT_MS);
}

Test(publish, what_one_connection_publishes_comes_in_its_order)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i < MANY; i++) {
        ph_cleanup(ph_freep) char *request =
            ph_format("{'command': 'publish', 'msg_type': 'cast', 'properties': {'topic':"
                      "'event.n', 'fields': {'n': %d}}}",
                      i);
        raw_say(raw, request);
    }
    uint64_t seq = 0;
    for (int i = 0; i < MANY; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            daemon_wait_event(daemon, "event.n", WAIT_MS);
        cr_assert_eq(event_number(event, "n"), i);
        cr_assert(i == 0 || ph_event_seq(event) == seq + 1);
        seq = ph_event_seq(event);
    }
}

/* ---- topics and fields ---- */

Test(publish, only_what_begins_with_event_can_be_published)
{
    static const struct {
        const char *topic, *shown;
    } cases[] = {{"event.", "event."},
                 {"event", "event"},
                 {"", ""},
                 {"watcher.web.start", "watcher.web.start"},
                 {"event.a b", "event.a b"},
                 {"event.a/b", "event.a/b"},
                 {"event.\xc3\xa9", "event.\xc3\xa9"},
                 {"Event.a", "Event.a"}};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ph_cleanup(ph_freep) char *properties = ph_format("{'topic': '%s'}", cases[i].topic);
        ph_cleanup(ph_freep) char *message =
            ph_format("'%s' is no topic that can be published", cases[i].shown);
        expect_refused(daemon, properties, PH_INVALID, message);
    }
    expect_refused(daemon, "{}", PH_INVALID, "'' is no topic that can be published");
    publish(daemon, "{'topic': 'event.A-b_c.9.'}");
}

Test(publish, a_topic_has_at_most_200_bytes)
{
    char letters[201];
    memset(letters, 'x', sizeof letters);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(ph_freep) char *longest = ph_format("{'topic': 'event.%.194s'}", letters);
    ph_cleanup(ph_freep) char *longer = ph_format("{'topic': 'event.%.195s'}", letters);
    publish(daemon, longest);
    struct ph_error err = daemon_call_refused(daemon, "publish", longer);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.hint, "event.TYPE: letters, digits, '_', '-' and dots, at most 200 bytes");
}

Test(publish, fields_are_a_map_without_the_keys_of_the_daemon)
{
    static const char *const words[] = {"time", "epoch", "seq", "publisher"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        ph_cleanup(ph_freep) char *properties =
            ph_format("{'topic': 'event.x', 'fields': {'a': 1, '%s': 1}}", words[i]);
        ph_cleanup(ph_freep) char *message =
            ph_format("'event.x' has a field '%s', which is plughostd's", words[i]);
        expect_refused(daemon, properties, PH_INVALID, message);
    }
    publish(daemon, "{'topic': 'event.x', 'fields': {'times': 1, 'a': {'seq': 1}}}");
    publish(daemon, "{'topic': 'event.x', 'fields': null}");
    struct ph_error err =
        daemon_call_refused(daemon, "publish", "{'topic': 'event.x', 'fields': [1]}");
    cr_expect_eq(err.code, PH_INVALID, "%s", err.message);
}

Test(publish, an_event_has_at_most_publish_max_bytes)
{
    char letters[1025];
    memset(letters, 'x', sizeof letters);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plughost]\npublish_max_bytes = 1K\n");
    ph_cleanup(ph_freep) char *good =
        ph_format("{'topic': 'event.x', 'fields': {'a': '%.1018s'}}", letters);
    ph_cleanup(ph_freep) char *bad =
        ph_format("{'topic': 'event.x', 'fields': {'a': '%.1019s'}}", letters);
    publish(daemon, good); /* map, key and the head of the text have six bytes */
    expect_refused(daemon, bad, PH_INVALID,
                   "'event.x' has 1025 bytes; publish_max_bytes allows 1024");
}

/* ---- several at once ---- */

Test(publish, all_events_of_a_message_are_published_or_none)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    int64_t before = publish(daemon, "{'topic': 'event.before'}");
    expect_refused(daemon,
                   "{'events': [{'topic': 'event.a'}, {'topic': 'watcher.b'}, {'topic':"
                   "'event.c'}]}",
                   PH_INVALID, "'watcher.b' is no topic that can be published");
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        daemon_call(daemon, "publish",
                    "{'events': [{'topic': 'event.d', 'fields': {'n': 1}}, {'topic': 'event.e'}]}");
    cr_expect_eq(reply_number(reply, "count"), 2);
    cr_expect_eq(reply_number(reply, "seq"), before + 2);
    ph_cleanup(ph_freep) char *topics = daemon_actions_until(daemon, "event.", "event.e", WAIT_MS);
    cr_expect_str_eq(topics, "before d e");
}

Test(publish, a_message_has_at_most_a_thousand_events)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = ph_writer_new();
    ph_cleanup(ph_writer_destroy) ph_writer_t *larger = ph_writer_new();
    ph_writer_t *const both[] = {request, larger};
    for (int i = 0; i < 2; i++) {
        ph_writer_string(both[i], "command", "publish");
        ph_writer_map(both[i], "properties");
        ph_writer_array(both[i], "events");
        for (int n = 0; n < 1000 + i; n++) {
            ph_writer_map(both[i], NULL);
            ph_writer_string(both[i], "topic", "event.x");
            ph_writer_end(both[i]);
        }
        ph_writer_end(both[i]);
        ph_writer_end(both[i]);
    }
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_send_map(raw, request, 0);
    ph_cleanup(ph_message_destroy) ph_message_t *good = raw_receive_map(raw, WAIT_MS);
    cr_expect_eq(reply_number(good, "count"), 1000, "%s", reply_text(good, "reason"));
    raw_send_map(raw, larger, 0);
    ph_cleanup(ph_message_destroy) ph_message_t *bad = raw_receive_map(raw, WAIT_MS);
    cr_expect_str_eq(reply_text(bad, "reason"),
                     "1001 events in one message; at most 1000 are allowed");
}

Test(publish, a_message_has_one_event_or_a_list)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    expect_refused(daemon, "{'topic': 'event.a', 'events': [{'topic': 'event.b'}]}", PH_INVALID,
                   "'publish' takes a topic or a list of events, not both");
    expect_refused(daemon, "{'events': [7]}", PH_INVALID, "'' is no topic that can be published");
    int64_t before = publish(daemon, "{'topic': 'event.a'}");
    ph_cleanup(ph_message_destroy) ph_message_t *none =
        daemon_call(daemon, "publish", "{'events': []}");
    cr_expect_eq(reply_number(none, "count"), 0);
    cr_expect_eq(reply_number(none, "seq"), before);
}

/* ---- how fast ---- */

#define SLOW_RATE "[plughost]\npublish_rate = 3\n"
#define TOO_FAST "publishes more than the 3 events a second that publish_rate allows"

#define THREE(topic)                                                                               \
    "{'command': 'publish', 'properties': {'events': [{'topic': '" topic "'}, {'topic': '" topic   \
    "'}, {'topic': '" topic "'}]}}"

Test(publish, the_connections_of_a_process_share_its_rate)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW_RATE);
    ph_cleanup(raw_destroy) raw_t *first = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(raw_destroy) raw_t *second = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(ph_freep) char *reason =
        ph_format("uid %d pid %d " TOO_FAST, (int)geteuid(), (int)getpid());
    raw_ask_well(first, THREE("event.a"));
    raw_ask_refused(second, THREE("event.a"), "busy", reason);
    ph_cleanup(program_destroy) program_t *other =
        daemon_run_ctl(daemon, "publish", "event.a", NULL);
    cr_expect_eq(program_wait(other, 0), 0, "another process has its own: %s", program_err(other));
}

Test(publish, the_session_of_a_plugin_has_a_rate_of_its_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW_RATE PLAYED);
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_ask_well(client, THREE("event.a"));
    raw_ask_well(plugin, THREE("event.played"));
    raw_ask_refused(plugin, THREE("event.played"), "busy", "plugin:played " TOO_FAST);
}

/* Anybody can be as many plugins by hand. */
Test(publish, a_process_that_is_several_plugins_by_hand_has_one_rate)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(SLOW_RATE);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(raw_destroy) raw_t *first = played_by_hand(daemon, "first", "");
    ph_cleanup(raw_destroy) raw_t *second = played_by_hand(daemon, "second", "");
    ph_cleanup(ph_freep) char *reason =
        ph_format("uid %d pid %d " TOO_FAST, (int)geteuid(), (int)getpid());
    raw_ask_well(first, THREE("event.first"));
    raw_ask_refused(second, THREE("event.second"), "busy", "plugin:second " TOO_FAST);
    raw_ask_refused(client, THREE("event.a"), "busy", reason);
}

/* The kernel does not tell who it is. */
Test(publish, a_connection_by_tcp_has_a_rate_of_its_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_tcp(SLOW_RATE);
    ph_cleanup(raw_destroy) raw_t *first = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(raw_destroy) raw_t *second = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_ask_well(first, THREE("event.a"));
    raw_ask_refused(first, THREE("event.a"), "busy", "unknown " TOO_FAST);
    raw_ask_well(second, THREE("event.a"));
}

Test(publish, what_is_refused_of_casts_is_written_to_the_log)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_say(raw, "{'command': 'publish', 'msg_type': 'cast', 'properties': {'topic': 'x'}}");
    ph_cleanup(ph_freep) char *line =
        ph_format("uid %d pid %d: 1 request to publish was refused, the last: 'x' is no topic that "
                  "can be published",
                  (int)geteuid(), (int)getpid());
    daemon_wait_log(daemon, line, WAIT_MS);
    raw_expect_pong(raw);
}

/* ---- plugins ---- */

static void expect_published(raw_t *plugin, const char *topic)
{
    ph_cleanup(ph_freep) char *request =
        ph_format("{'command': 'publish', 'properties': {'topic': '%s'}}", topic);
    raw_ask_well(plugin, request);
}

static void expect_denied(raw_t *plugin, const char *name, const char *topic)
{
    ph_cleanup(ph_freep) char *request =
        ph_format("{'command': 'publish', 'properties': {'topic': '%s'}}", topic);
    ph_cleanup(ph_freep) char *reason = ph_format("plugin '%s' may not publish '%s'", name, topic);
    raw_ask_refused(plugin, request, "denied", reason);
}

Test(publish, a_plugin_may_publish_under_its_name_and_what_it_was_granted)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(PLAYED "publish = event.shared., event.one\n");
    ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
    ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
    expect_published(plugin, "event.played");
    expect_published(plugin, "event.played.done");
    expect_published(plugin, "event.shared.x");
    expect_published(plugin, "event.one");
    static const char *const others[] = {"event.play",   "event.played2", "event.Played",
                                         "event.shared", "event.shared.", "event.one.x",
                                         "event.on"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        expect_denied(plugin, "played", others[i]);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "event.played", WAIT_MS);
    cr_expect_str_eq(event_text(event, "publisher"), "plugin:played");
}

Test(publish, a_plugin_by_hand_may_publish_under_its_name_in_small_letters)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "Hand", "");
    expect_published(plugin, "event.hand.x");
    expect_denied(plugin, "Hand", "event.Hand.x");
    expect_denied(plugin, "Hand", "event.other");
}

Test(publish, a_plugin_that_nobody_trusts_publishes_as_any_client)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_tcp("");
    ph_cleanup(raw_destroy) raw_t *plugin = played_by_hand(daemon, "hand", "");
    expect_published(plugin, "event.other");
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "event.other", WAIT_MS);
    cr_expect_str_eq(event_text(event, "publisher"), "unknown");
}

/* It had published before it said who it is, and was told as that for ever. */
Test(publish, who_says_hello_publishes_as_a_plugin_from_then_on)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with("");
    ph_cleanup(raw_destroy) raw_t *raw = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    expect_published(raw, "event.early");
    raw_ask_well(raw, "{'command': 'plugin.hello', 'properties': {'name': 'hand', 'protocol_min':"
                      "1, 'protocol_max': 1}}");
    expect_published(raw, "event.hand");
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "event.hand", WAIT_MS);
    cr_expect_str_eq(event_text(event, "publisher"), "plugin:hand");
}
