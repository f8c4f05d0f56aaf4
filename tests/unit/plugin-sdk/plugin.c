/* A plugin that runs in a thread, against a daemon of the test's own: what it says, and when. */
#include "router.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <plughost/plughost.h>
#include <pthread.h>
#include <scratch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    INTERVAL_S = 30, /* so long that no heartbeat comes by itself */
    LONG_MS = 120000,
};

static char *folder, *endpoint, *pubsub;
static void *context, *publisher;
static struct router router;
static pthread_t thread;
static struct ph_plugin_settings settings;
static int64_t last_seq = 10; /* in replies */
static const char *session = "s1";

/* ---- the daemon ---- */

static const ph_value_t *get(const char *key)
{
    return router_get(&router, key);
}

static const ph_value_t *get_property(const char *key)
{
    return ph_value_get(get("properties"), key);
}

/* The next thing that the plugin says must be this command. */
static void expect(const char *command)
{
    router_hear(&router);
    ph_cleanup(ph_freep) char *text = ph_value_to_json(ph_message_body(router.heard));
    cr_assert_str_eq(ph_value_string(get("command"), ""), command, "it said %s", text);
}

/* The next thing must be a heartbeat: busy for so many seconds, or for none. */
static void expect_heartbeat(double busy)
{
    expect("plugin.heartbeat");
    cr_expect_float_eq(ph_value_float(get_property("busy"), 0), busy, 5);
}

/* Or the answer to what it was asked. */
static void expect_answer(int64_t id)
{
    router_hear(&router);
    ph_cleanup(ph_freep) char *text = ph_value_to_json(ph_message_body(router.heard));
    cr_assert_str_eq(ph_value_string(get("status"), ""), "ok", "it said %s", text);
    cr_expect_eq(ph_value_int(get("id"), 0), id);
}

static void answer_id(int64_t id)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    ph_writer_int(reply, "id", id);
    ph_writer_string(reply, "status", "ok");
    ph_writer_string(reply, "epoch", "e1");
    ph_writer_string(reply, "session", session);
    ph_writer_float(reply, "heartbeat", INTERVAL_S);
    ph_writer_int(reply, "seq", last_seq);
    router_send(&router, reply);
}

/* The keys are those that any reply needs. */
static void answer(void)
{
    answer_id(ph_value_int(get("id"), 0));
}

static void ask(const char *command, int64_t id, const char *method)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *request = ph_writer_new();
    ph_writer_string(request, "command", command);
    ph_writer_int(request, "id", id);
    ph_writer_map(request, "properties");
    ph_writer_string(request, "method", method);
    ph_writer_map(request, "options");
    ph_writer_end(request);
    ph_writer_end(request);
    router_send(&router, request);
}

/* `expected` counts in a mark only. */
static void publish_with(const char *topic, uint64_t seq, int64_t expected)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *body = ph_writer_new();
    ph_writer_float(body, "time", 1);
    ph_writer_string(body, "epoch", "e1");
    ph_writer_int(body, "seq", (int64_t)seq);
    ph_writer_int(body, "expected", expected);
    size_t size;
    const void *data = ph_writer_data(body, &size);
    zmq_send(publisher, topic, strlen(topic), ZMQ_SNDMORE);
    zmq_send(publisher, data, size, 0);
}

static void publish(const char *topic, uint64_t seq)
{
    publish_with(topic, seq, 0);
}

/* Sends the marker that the plugin subscribes to. */
static void confirm_subscription(void)
{
    static const char prefix[] = "\1plughost.sync.";
    char topic[100] = "";
    zmq_pollitem_t item = {.socket = publisher, .events = ZMQ_POLLIN};
    while (strncmp(topic, prefix, sizeof prefix - 1) != 0) {
        cr_assert_eq(zmq_poll(&item, 1, ROUTER_WAIT_MS), 1, "it subscribes to nothing");
        memset(topic, 0, sizeof topic);
        zmq_recv(publisher, topic, sizeof topic - 1, 0);
    }
    publish(topic + 1, 10);
}

/* Ends the connection, while somebody listens all the time. */
static void break_connection(void)
{
    void *old = router.socket;
    zmq_unbind(old, endpoint);
    router_open(&router, context, endpoint);
    zmq_close(old);
}

/* ---- the plugin ---- */

static int call_long(ph_plugin_t *plugin, int timeout_ms, struct ph_error *err)
{
    ph_message_t *reply = ph_plugin_call(plugin, "long", NULL, timeout_ms, err);
    int outcome = reply ? 0 : -1;
    ph_message_destroy(&reply);
    return outcome;
}

#define METHOD(name)                                                                               \
    static int name(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,              \
                    struct ph_error *err)

METHOD(call)
{
    (void)args, (void)result;
    return call_long(plugin, LONG_MS, err);
}

METHOD(call_while_busy)
{
    (void)args, (void)result;
    ph_plugin_busy(plugin, 2 * LONG_MS);
    return call_long(plugin, LONG_MS, err);
}

METHOD(call_for_ever_while_busy)
{
    (void)args, (void)result;
    ph_plugin_busy(plugin, LONG_MS);
    return call_long(plugin, -1, err);
}

METHOD(subscribe)
{
    (void)args, (void)result;
    return ph_plugin_subscribe(plugin, "a.", err);
}

static const struct ph_method methods[] = {
    {"call", "Asks for something that takes long.", NULL, call},
    {"call_while_busy", "Has said that it takes longer.", NULL, call_while_busy},
    {"call_for_ever_while_busy", "And that it does not.", NULL, call_for_ever_while_busy},
    {"subscribe", "Subscribes.", NULL, subscribe},
    {0},
};

static int handle_reconfigure(ph_plugin_t *plugin, struct ph_error *err)
{
    return call_long(plugin, LONG_MS, err);
}

static void handle_stop(ph_plugin_t *plugin)
{
    ph_plugin_cast(plugin, "stops", NULL, NULL);
}

static void handle_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    ph_plugin_cast(plugin, ph_event_topic(event), NULL, NULL);
}

static void handle_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "missed", (int64_t)gap->missed);
    ph_writer_int(properties, "from", (int64_t)gap->from);
    ph_writer_int(properties, "to", (int64_t)gap->to);
    ph_plugin_cast(plugin, "gap", properties, NULL);
}

static const struct ph_plugin_module asked_module = {
    PH_PLUGIN_HEADER,
    .methods = methods,
    .handle_reconfigure = handle_reconfigure,
    .handle_stop = handle_stop,
};

static const char *const topics[] = {"a.", NULL};
static const struct ph_plugin_module listening_module = {
    PH_PLUGIN_HEADER,         .topics = topics,           .handle_recv = handle_recv,
    .handle_gap = handle_gap, .handle_stop = handle_stop,
};

/* Without topics everything comes. */
static const struct ph_plugin_module listening_to_all_module = {
    PH_PLUGIN_HEADER,
    .handle_recv = handle_recv,
    .handle_gap = handle_gap,
    .handle_stop = handle_stop,
};

static void *run(void *module)
{
    struct ph_error err = {0};
    cr_expect_eq(ph_plugin_run(module, &settings, &err), 0, "%s", err.message);
    return NULL;
}

static void start_thread(const struct ph_plugin_module *module)
{
    cr_assert_eq(pthread_create(&thread, NULL, run, (void *)(uintptr_t)module), 0);
}

static void start(void)
{
    start_thread(&asked_module);
    expect("plugin.hello");
    answer();
    expect("plugin.ready");
    answer();
}

static void take_session(void)
{
    expect("plugin.hello");
    answer();
    confirm_subscription();
    expect("plugin.subscribe");
    answer();
    expect("plugin.ready");
    answer();
}

static void start_listening(const struct ph_plugin_module *module)
{
    start_thread(module);
    take_session();
}

static void expect_property(const char *key, int64_t value)
{
    cr_expect_eq(ph_value_int(get_property(key), -1), value, "'%s' is %lld", key,
                 (long long)ph_value_int(get_property(key), -1));
}

/* The stop itself is announced, too. */
static void expect_end(void)
{
    expect_heartbeat(3600 + INTERVAL_S);
    expect("stops");
    expect("ping");
    answer();
    pthread_join(thread, NULL);
}

static void stop(void)
{
    ask("stop", 99, "");
    expect_end();
}

/* Its subscription is asked for a last time, for what came before the end. */
static void stop_listening(void)
{
    ask("stop", 99, "");
    expect_heartbeat(3600 + INTERVAL_S);
    confirm_subscription();
    expect("stops");
    expect("ping");
    answer();
    pthread_join(thread, NULL);
}

static void setup(void)
{
    folder = scratch_new();
    endpoint = ph_format("ipc://%s/endpoint", folder);
    pubsub = ph_format("ipc://%s/pubsub", folder);
    context = zmq_ctx_new();
    router_open(&router, context, endpoint);
    publisher = bind_socket(context, ZMQ_XPUB, pubsub);
    settings =
        (struct ph_plugin_settings){.name = "tested", .endpoint = endpoint, .pubsub = pubsub};
}

static void teardown(void)
{
    router_close(&router);
    zmq_close(publisher);
    zmq_ctx_term(context);
    scratch_destroy(&folder);
    free(endpoint);
    free(pubsub);
}

TestSuite(plugin, .init = setup, .fini = teardown, .timeout = 30);

/* ---- busy, and no longer ---- */

Test(plugin, a_long_wait_for_an_answer_is_announced_and_taken_back)
{
    start();
    ask("invoke", 1, "call");
    expect("long");
    int64_t id = ph_value_int(get("id"), 0);
    expect_heartbeat(LONG_MS / 1000 + INTERVAL_S);
    answer_id(id);
    expect_heartbeat(0);
    expect_answer(1);
    stop();
}

Test(plugin, a_wait_within_a_longer_time_that_was_announced_changes_nothing)
{
    start();
    ask("invoke", 1, "call_while_busy");
    expect_heartbeat(2 * LONG_MS / 1000 + INTERVAL_S);
    expect("long");
    answer();
    expect_answer(1);
    expect_heartbeat(0);
    stop();
}

Test(plugin, what_is_left_of_an_announced_time_is_announced_again_after_a_longer_wait)
{
    start();
    ask("invoke", 1, "call_for_ever_while_busy");
    expect_heartbeat(LONG_MS / 1000 + INTERVAL_S);
    expect("long");
    int64_t id = ph_value_int(get("id"), 0);
    expect_heartbeat(86400);
    answer_id(id);
    expect_heartbeat(LONG_MS / 1000 + INTERVAL_S);
    expect_answer(1);
    expect_heartbeat(0);
    stop();
}

Test(plugin, the_wait_until_a_subscription_is_in_force_is_announced_and_taken_back)
{
    start();
    ask("invoke", 1, "subscribe");
    expect_heartbeat(60 + INTERVAL_S);
    confirm_subscription();
    expect_heartbeat(0);
    expect("plugin.subscribe");
    int64_t id = ph_value_int(get("id"), 0);
    expect_heartbeat(60 + INTERVAL_S);
    answer_id(id);
    expect_heartbeat(0);
    expect_answer(1);
    stop();
}

/* The daemon did not ask for it, and would go on to wait for signs of life. */
Test(plugin, a_stop_by_a_signal_is_announced_before_handle_stop)
{
    start();
    cr_assert_eq(pthread_kill(thread, SIGTERM), 0);
    expect_end();
}

/* ---- missed events ---- */

Test(plugin, what_it_missed_it_tells_the_daemon_at_once)
{
    start_listening(&listening_module);
    publish("a.x", 11);
    expect("a.x");
    publish_with("plughost.mark.s1", 20, 4);
    expect("gap");
    expect_property("missed", 3);
    expect_heartbeat(0);
    expect_property("missed", 3);
    stop_listening();
}

/* ---- a lost connection ---- */

Test(plugin, new_options_are_not_answered_in_another_session_than_they_came_in)
{
    start();
    ask("reconfigure", 1, "");
    expect("long");
    expect_heartbeat(LONG_MS / 1000 + INTERVAL_S);
    break_connection();
    expect("plugin.hello");
    int64_t hello = ph_value_int(get("id"), 0);
    expect("long");
    answer(); /* handle_reconfigure returns */
    answer_id(hello);
    expect("plugin.ready");
    answer();
    stop();
}

/* Others are published, the last with this number, while the connection is lost; then comes a.y. */
static void lose_events_until(uint64_t seq)
{
    break_connection();
    last_seq = (int64_t)seq;
    take_session();
    publish("a.y", seq + 1);
    expect("gap");
}

Test(plugin, what_was_published_while_the_connection_was_lost_is_a_gap)
{
    start_listening(&listening_module);
    publish_with("plughost.mark.s1", 12, 0);
    publish("a.x", 13);
    expect("a.x");
    lose_events_until(20);
    expect_property("missed", 0);
    expect_property("from", 13);
    expect_property("to", 20);
    expect("a.y");
    expect_heartbeat(0);
    expect_property("missed", 0);
    stop_listening();
}

Test(plugin, who_listens_to_everything_tells_how_much_was_published_while_the_connection_was_lost)
{
    start_listening(&listening_to_all_module);
    publish("a.x", 11);
    expect("a.x");
    lose_events_until(20);
    expect_property("missed", 9);
    expect_property("from", 12);
    expect_property("to", 20);
    expect("a.y");
    expect_heartbeat(0);
    expect_property("missed", 9);
    stop_listening();
}
