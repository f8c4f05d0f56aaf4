#include <alloc.h>
#include <criterion/criterion.h>
#include <event/bus.h>
#include <event/outbox.h>
#include <stdio.h>
#include <string.h>

enum { TICK_MS = 1, DEADLINE_MS = 10000 };

static loop_t *loop;
static bus_t *bus;
static zsock_t *subscriber;
static struct timer ticker;
static int ticks;
static char heard[400]; /* what the listeners were told, one after the other */

static void hear(const char *text)
{
    size_t used = strlen(heard);
    int length = snprintf(heard + used, sizeof heard - used, "%s\n", text);
    cr_assert_lt((size_t)length, sizeof heard - used);
}

static void on_event(void *arg, const char *topic, size_t size)
{
    cr_expect_eq(arg, &bus);
    ph_cleanup(ph_freep) char *text = ph_format("%.*s", (int)size, topic);
    hear(text);
}

static void on_followers(void *arg, bool are_there)
{
    cr_expect_eq(arg, &heard);
    hear(are_there ? "come" : "gone");
}

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    zsock_t *pubsub = zsock_new(ZMQ_XPUB);
    cr_assert(loop && pubsub && zsock_bind(pubsub, "inproc://bus") == 0);
    bus = bus_new(loop, &pubsub, NULL, NULL);
    cr_expect_null(pubsub);
    subscriber = zsock_new(ZMQ_SUB);
    cr_assert_eq(zsock_connect(subscriber, "inproc://bus"), 0);
}

static void tear_down(void)
{
    zsock_destroy(&subscriber);
    bus_destroy(&bus);
    cr_expect_null(bus);
    loop_destroy(&loop);
}

TestSuite(bus, .init = set_up, .fini = tear_down, .timeout = 30);

/* ---- what is received ---- */

/* One message, with its body in JSON without `time` and `epoch`, which are checked. */
struct received {
    char topic[64];
    char json[400];
};

static void cut(char *json, const char *key, const char *end)
{
    char *from = strstr(json, key);
    cr_assert_not_null(from, "%s", json);
    char *to = strstr(from, end);
    cr_assert_not_null(to, "%s", json);
    memmove(from, to + strlen(end), strlen(to + strlen(end)) + 1);
}

static struct received receive(void)
{
    struct received received = {0};
    zsock_set_rcvtimeo(subscriber, DEADLINE_MS);
    ph_cleanup(zmsg_destroy) zmsg_t *message = zmsg_recv(subscriber);
    cr_assert_not_null(message);
    cr_assert_eq(zmsg_size(message), 2);
    zframe_t *topic = zmsg_first(message), *body = zmsg_next(message);
    cr_assert_lt(zframe_size(topic), sizeof received.topic);
    memcpy(received.topic, zframe_data(topic), zframe_size(topic));
    ph_cleanup(ph_message_destroy) ph_message_t *decoded =
        ph_message_new(zframe_data(body), zframe_size(body), NULL);
    const ph_value_t *map = ph_message_body(decoded);
    cr_expect_gt(ph_value_float(ph_value_get(map, "time"), 0), 1.7e9);
    cr_expect_str_eq(ph_value_string(ph_value_get(map, "epoch"), ""), bus_epoch(bus));
    ph_cleanup(ph_freep) char *json = ph_value_to_json(map);
    cut(json, "\"time\":", ",");
    cut(json, "\"epoch\":", ",");
    snprintf(received.json, sizeof received.json, "%s", json);
    return received;
}

static void expect_received(const char *topic, const char *json)
{
    struct received received = receive();
    cr_expect_str_eq(received.topic, topic);
    cr_expect_str_eq(received.json, json);
}

typedef void step_fn(void);

static step_fn *const *steps; /* ended by NULL */
static int syncs;

/* What a step has subscribed to is active when the answer to plughost.sync. is there. */
static void begin_step(void)
{
    (*steps++)();
    ph_cleanup(ph_freep) char *topic = ph_format("plughost.sync.%d", ++syncs);
    zsock_set_subscribe(subscriber, topic);
}

static void expect_synced(void)
{
    ph_cleanup(ph_freep) char *topic = ph_format("plughost.sync.%d", syncs);
    ph_cleanup(ph_freep) char *json = ph_format("{\"seq\":%lld}", (long long)bus_seq(bus));
    expect_received(topic, json);
}

static void on_tick(void *arg)
{
    (void)arg;
    bool is_there = zsock_events(subscriber) & ZMQ_POLLIN;
    if (is_there)
        expect_synced();
    if (is_there && *steps)
        begin_step();
    else if (is_there || ++ticks > DEADLINE_MS / TICK_MS)
        loop_end(loop);
    timers_start(loop_timers(loop), &ticker, TICK_MS);
}

/* Runs the loop: it goes to the next step when the subscriptions of the last are active. Once in a
 * test. */
static void run(step_fn *const *list)
{
    steps = list;
    ticker = (struct timer){.fire = on_tick};
    begin_step();
    timers_start(loop_timers(loop), &ticker, 0);
    loop_run(loop);
    timers_cancel(loop_timers(loop), &ticker);
    cr_assert(!*steps && ticks <= DEADLINE_MS / TICK_MS, "there was no answer in time");
}

static const char *wanted;

static void subscribe_to_wanted(void)
{
    zsock_set_subscribe(subscriber, wanted);
}

static void subscribe(const char *prefix)
{
    wanted = prefix;
    run((step_fn *const[]){subscribe_to_wanted, NULL});
}

/* ---- events ---- */

Test(bus, events_are_numbered_over_all_topics)
{
    subscribe("");
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", "because");
    bus_publish(bus, EVENT_START, "Web Site", fields, "starting");
    bus_publish(bus, EVENT_DAEMON_STOP, NULL, NULL, "the end");
    expect_received("watcher.web_site.start", "{\"seq\":1,\"reason\":\"because\"}");
    expect_received("plughost.stop", "{\"seq\":2}");
    cr_expect_eq(bus_seq(bus), 2);
}

/* Events of applications wait until the loop does; others take them along. */
static void send_what_waits(void)
{
    bus_publish_mark(bus, "nobody", 0);
}

Test(bus, an_event_of_an_application_is_numbered_and_names_its_publisher)
{
    static const char topic[] = "event.x.y and more";
    subscribe("event.");
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "n", 7);
    ph_writer_nil(fields, "nothing");
    size_t size;
    const void *data = ph_writer_data(fields, &size);
    int64_t seq = bus_publish_application(bus, topic, 9, "plugin:x", wire_slice_of(data, size));
    cr_expect_eq(seq, 1);
    cr_expect_eq(bus_publish_application(bus, "event.z", 7, "unknown", (struct wire_slice){0}), 2);
    send_what_waits();
    expect_received("event.x.y", "{\"seq\":1,\"publisher\":\"plugin:x\",\"n\":7,\"nothing\":null}");
    expect_received("event.z", "{\"seq\":2,\"publisher\":\"unknown\"}");
}

static void expect_event(int64_t seq)
{
    ph_cleanup(ph_freep) char *json =
        ph_format("{\"seq\":%lld,\"publisher\":\"unknown\"}", (long long)seq);
    expect_received("event.x", json);
}

Test(bus, more_events_of_applications_than_wait_together_come_in_order)
{
    enum { MANY = 3 * OUTBOX_MAX + 1 };
    subscribe("event.");
    for (int i = 0; i < MANY; i++)
        bus_publish_application(bus, "event.x", 7, "unknown", (struct wire_slice){0});
    for (int64_t seq = 1; seq < MANY; seq++)
        expect_event(seq);
    send_what_waits();
    expect_event(MANY);
}

Test(bus, an_event_of_an_application_keeps_its_place_among_others)
{
    subscribe("");
    bus_publish_application(bus, "event.x", 7, "unknown", (struct wire_slice){0});
    bus_publish(bus, EVENT_DAEMON_STOP, NULL, NULL, "the end");
    expect_event(1);
    expect_received("plughost.stop", "{\"seq\":2}");
}

Test(bus, what_waits_is_sent_before_the_bus_goes)
{
    subscribe("event.");
    bus_publish_application(bus, "event.x", 7, "unknown", (struct wire_slice){0});
    bus_destroy(&bus);
    ph_cleanup(zmsg_destroy) zmsg_t *message = zmsg_recv(subscriber);
    cr_assert_not_null(message);
    cr_expect(zframe_streq(zmsg_first(message), "event.x"));
}

Test(bus, a_mark_tells_a_count_and_takes_no_number)
{
    subscribe("plughost.mark.word");
    bus_publish(bus, EVENT_START, "web", NULL, "starting");
    bus_publish_mark(bus, "other", 4);
    bus_publish_mark(bus, "word", 5);
    expect_received("plughost.mark.word", "{\"seq\":1,\"expected\":5}");
    cr_expect_eq(bus_seq(bus), 1);
}

static void publish_one(void)
{
    bus_publish(bus, EVENT_START, "web", NULL, "starting");
}

Test(bus, the_answer_to_sync_has_the_last_number_and_takes_none)
{
    run((step_fn *const[]){publish_one, publish_one, NULL}); /* looks at the numbers */
    cr_expect_eq(bus_seq(bus), 2);
}

Test(bus, output_has_the_number_of_the_last_event)
{
    static char text[] = "one\nt\0o\n";
    subscribe("log.");
    struct block block = {.watcher = "Web", .wid = 2, .pid = 3, .stream = BLOCK_STDERR};
    block.data = text;
    block.size = sizeof text - 1;
    block.time = 1.8e9;
    bus_publish_output(bus, &block);
    expect_received("log.web", "{\"seq\":0,\"name\":\"Web\",\"wid\":2,\"pid\":3,\"stream\":"
                               "\"stderr\",\"text\":\"one\\nt?o\\n\"}");
}

Test(bus, the_epoch_is_sixteen_hex_digits)
{
    cr_expect_eq(strlen(bus_epoch(bus)), 16);
    cr_expect_eq(strspn(bus_epoch(bus), "0123456789abcdef"), 16);
}

/* ---- listeners ---- */

Test(bus, a_listener_hears_of_all_that_takes_a_number)
{
    bus_listen_for_events(bus, on_event, &bus);
    bus_publish(bus, EVENT_START, "web", NULL, "starting");
    bus_publish_mark(bus, "word", 5);
    bus_publish_application(bus, "event.xyz", 7, "unknown", (struct wire_slice){0});
    bus_publish(bus, EVENT_DAEMON_STOP, NULL, NULL, "the end");
    bus_listen_for_events(bus, NULL, NULL);
    bus_publish(bus, EVENT_STOP, "web", NULL, "stopped");
    cr_expect_str_eq(heard, "watcher.web.start\nevent.x\nplughost.stop\n");
}

static void follow_all(void)
{
    zsock_set_subscribe(subscriber, "");
}

static void follow_some(void)
{
    cr_expect_str_eq(heard, "", "the empty prefix does not count");
    zsock_set_unsubscribe(subscriber, "");
    zsock_set_subscribe(subscriber, "log.web");
    zsock_set_subscribe(subscriber, "log.");
    zsock_set_subscribe(subscriber, "lo");
}

static void follow_less(void)
{
    cr_expect_str_eq(heard, "come\n");
    zsock_set_unsubscribe(subscriber, "log.");
}

static void follow_none(void)
{
    cr_expect_str_eq(heard, "come\n");
    zsock_set_unsubscribe(subscriber, "log.web");
}

Test(bus, followers_are_told_when_the_first_comes_and_the_last_goes)
{
    bus_listen_for_followers(bus, on_followers, &heard);
    run((step_fn *const[]){follow_all, follow_some, follow_less, follow_none, NULL});
    cr_expect_str_eq(heard, "come\ngone\n");
}
