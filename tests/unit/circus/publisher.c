/* Which of our events Circus's subscribers get, and as what. */
#include <alloc.h>
#include <circus/publisher.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

enum { DEADLINE_MS = 10000 };

static loop_t *loop;
static bus_t *bus;
static circus_publisher_t *publisher;
static zsock_t *subscriber;
static struct timer ticker;
static void (*body)(void);
static int64_t deadline;

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    zsock_t *pubsub = zsock_new(ZMQ_XPUB);
    zsock_t *circus = zsock_new(ZMQ_XPUB);
    cr_assert(zsock_bind(pubsub, "inproc://bus") == 0 &&
              zsock_bind(circus, "inproc://circus") == 0);
    bus = bus_new(loop, &pubsub, NULL, NULL);
    publisher = circus_publisher_new(loop, bus, &circus, NULL);
    cr_expect_null(circus);
    subscriber = zsock_new(ZMQ_SUB);
    zsock_set_rcvtimeo(subscriber, DEADLINE_MS);
    cr_assert_eq(zsock_connect(subscriber, "inproc://circus"), 0);
}

static void tear_down(void)
{
    zsock_destroy(&subscriber);
    circus_publisher_destroy(&publisher);
    cr_expect_null(publisher);
    bus_publish(bus, EVENT_STOP, "web", NULL, "nobody is told any more");
    bus_destroy(&bus);
    loop_destroy(&loop);
}

TestSuite(circus_publisher, .init = set_up, .fini = tear_down, .timeout = 30);

static void mark(void)
{
    bus_publish(bus, EVENT_ADD, "mark", NULL, "a mark");
}

/* Returns the next message as "TOPIC JSON", with the time as T, without those of marks. */
static char *receive(void)
{
    char *topic = NULL, *json = NULL;
    cr_assert_eq(zsock_recv(subscriber, "ss", &topic, &json), 0);
    char *at = strstr(json, "\"time\": ");
    cr_assert_not_null(at, "%s", json);
    char *end = NULL;
    cr_expect_gt(strtod(at + 8, &end), 1.7e9);
    char *text = ph_format("%s %.*sT%s", topic, (int)(at + 8 - json), json, end);
    zstr_free(&topic);
    zstr_free(&json);
    return text;
}

static void on_tick(void *arg)
{
    (void)arg;
    cr_assert_lt(zclock_mono(), deadline, "the subscription never came");
    mark();
    if (!(zsock_events(subscriber) & ZMQ_POLLIN)) {
        timers_start(loop_timers(loop), &ticker, 1);
        return;
    }
    body();
    loop_end(loop);
}

/* Runs the test once its subscription is active. */
static void run(void (*test)(void))
{
    body = test;
    deadline = zclock_mono() + DEADLINE_MS;
    ticker = (struct timer){.fire = on_tick};
    zsock_set_subscribe(subscriber, "watcher.");
    timers_start(loop_timers(loop), &ticker, 1);
    loop_run(loop);
}

/* Expects these messages, and no others, up to the next mark. */
static void expect_told(const char *const *expected)
{
    static const char end[] = "watcher.end.add {\"time\": T}";
    bus_publish(bus, EVENT_ADD, "end", NULL, "the end");
    for (;;) {
        ph_cleanup(ph_freep) char *text = receive();
        if (strncmp(text, "watcher.mark.", 13) == 0)
            continue;
        if (!*expected) {
            cr_expect_str_eq(text, end);
            return;
        }
        cr_expect_str_eq(text, *expected++);
    }
}

static ph_writer_t *all_fields(void)
{
    ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "wid", 1);
    ph_writer_string(fields, "reason", "for a reason");
    ph_writer_string(fields, "error", "no");
    ph_writer_int(fields, "exit_code", -9);
    ph_writer_string(fields, "name", "before_start");
    ph_writer_int(fields, "process_pid", 77);
    return fields;
}

static void publish_all_kinds(void)
{
    static const char *const expected[] = {
        "watcher.my_web.spawn {\"process_pid\": 77, \"time\": T}",
        "watcher.my_web.kill {\"process_pid\": 77, \"time\": T}",
        "watcher.my_web.reap {\"process_pid\": 77, \"time\": T, \"exit_code\": -9}",
        "watcher.my_web.stop {\"time\": T}",
        "watcher.my_web.reload {\"time\": T}",
        "watcher.my_web.add {\"time\": T}",
        "watcher.my_web.remove {\"time\": T}",
        "watcher.my_web.hook_success {\"name\": \"before_start\", \"time\": T}",
        "watcher.my_web.hook_failure {\"name\": \"before_start\", \"time\": T, \"error\": \"no\"}",
        "watcher.my_web.updated {\"time\": T}",
        NULL};
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = all_fields();
    for (int kind = 0; kind < EVENT_KIND_COUNT; kind++)
        bus_publish(bus, (enum event_kind)kind, "My Web", fields, "it happened");
    expect_told(expected);
}

Test(circus_publisher, the_events_of_circus_are_told_with_its_fields_and_no_others)
{
    run(publish_all_kinds);
}

static void start(void)
{
    static const char *const expected[] = {"watcher.web.start {\"time\": T}", NULL};
    bus_publish(bus, EVENT_START, "web", NULL, "starting");
    bus_note_active(bus, "Web");
    expect_told(expected);
}

Test(circus_publisher, a_start_is_told_when_the_watcher_has_come_up)
{
    run(start);
}

static void fail_to_spawn(void)
{
    static const char *const nothing[] = {NULL};
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "wid", 1);
    ph_writer_int(fields, "exit_code", 127);
    bus_publish(bus, EVENT_REAP, "web", fields, "it could not be started");
    expect_told(nothing);
}

Test(circus_publisher, a_process_that_never_was_has_no_death)
{
    run(fail_to_spawn);
}
