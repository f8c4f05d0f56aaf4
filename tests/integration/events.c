/* Events: their order, their numbers, and from when on a subscriber gets them. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <raw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

TestSuite(events, .timeout = 60);

#define IDLE "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"

/* Receives the next event of the daemon's client and checks its topic. */
static ph_event_t *expect_next(daemon_t *daemon, const char *topic)
{
    struct ph_error err;
    ph_event_t *event = ph_client_receive(daemon_client(daemon), 5000, &err);
    cr_assert(event, "instead of '%s': %s", topic, err.message);
    cr_expect_str_eq(ph_event_topic(event), topic);
    return event;
}

static void expect_topics(daemon_t *daemon, const char *const *topics, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ph_event_t *event = expect_next(daemon, topics[i]);
        ph_event_destroy(&event);
    }
}

Test(events, a_life_is_told_in_its_order)
{
    static const char *const topics[] = {"watcher.web.start", "watcher.web.spawn",
                                         "watcher.web.ready", "watcher.web.kill",
                                         "watcher.web.reap",  "watcher.web.stop"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "web", true);
    expect_topics(daemon, topics, sizeof topics / sizeof topics[0]);
}

Test(events, a_restart_is_told_as_a_stop_and_a_start)
{
    static const char *const topics[] = {
        "watcher.web.start", "watcher.web.spawn", "watcher.web.ready",
        "watcher.web.kill",  "watcher.web.reap",  "watcher.web.stop",
        "watcher.web.start", "watcher.web.spawn", "watcher.web.ready"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "restart", "web", true);
    expect_topics(daemon, topics, sizeof topics / sizeof topics[0]);
}

Test(events, the_events_of_a_process_name_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    daemon_do(daemon, "start", "web", true);
    pid_t pid = daemon_status(daemon, "web").pid;
    cr_assert_eq(kill(pid, SIGKILL), 0);
    static const char *const topics[] = {"watcher.web.spawn", "watcher.web.ready",
                                         "watcher.web.reap"};
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = daemon_wait_event(daemon, topics[i], 5000);
        cr_expect_eq((pid_t)event_number(event, "process_pid"), pid);
        cr_expect_eq((int)event_number(event, "wid"), 1);
        cr_expect_str_eq(ph_event_watcher(event), "web");
    }
}

Test(events, all_carry_the_epoch_and_a_number_without_holes)
{
    enum { EVENTS = 600 };
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ run\nautostart = no\nnumprocesses = 20\n");
    for (int i = 0; i < 10; i++) {
        daemon_do(daemon, "start", NULL, true);
        daemon_do(daemon, "stop", NULL, true);
    }
    ph_cleanup(ph_message_destroy) ph_message_t *pong = daemon_command(daemon, "ping", NULL, false);
    const char *epoch = ph_value_string(ph_value_get(ph_message_body(pong), "epoch"), "");
    uint64_t last = 0;
    double time = 0;
    for (int i = 0; i < EVENTS; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event =
            ph_client_receive(daemon_client(daemon), 5000, NULL);
        cr_assert(event, "only %d events came", i);
        cr_assert(last == 0 || ph_event_seq(event) == last + 1);
        cr_expect_str_eq(ph_event_epoch(event), epoch);
        cr_expect_geq(ph_event_time(event), time);
        last = ph_event_seq(event);
        time = ph_event_time(event);
    }
}

Test(events, another_run_of_the_daemon_has_another_epoch)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    ph_cleanup(ph_message_destroy) ph_message_t *first =
        daemon_command(daemon, "ping", NULL, false);
    daemon_kill(daemon);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    ph_cleanup(ph_message_destroy) ph_message_t *second =
        daemon_command(daemon, "ping", NULL, false);
    cr_expect_str_neq(ph_value_string(ph_value_get(ph_message_body(first), "epoch"), ""),
                      ph_value_string(ph_value_get(ph_message_body(second), "epoch"), ""));
}

Test(events, the_names_in_topics_are_in_small_letters_and_may_hold_dots)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:My.Web]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "my.web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *event =
        daemon_wait_event(daemon, "watcher.my.web.ready", 5000);
    cr_expect_str_eq(ph_event_watcher(event), "my.web");
    cr_expect_str_eq(ph_event_action(event), "ready");
}

Test(events, the_end_of_the_daemon_is_told_before_the_end_of_its_processes)
{
    static const char *const topics[] = {
        "watcher.web.start", "watcher.web.spawn", "watcher.web.ready", "plughost.stop",
        "watcher.web.kill",  "watcher.web.reap",  "watcher.web.stop"};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "quit", NULL, false);
    expect_topics(daemon, topics, sizeof topics / sizeof topics[0]);
}

/* ---- subscribing ---- */

/* Subscribes a new client and has something happen at once. */
static void expect_first_event(daemon_t *daemon, const char *prefix)
{
    struct ph_error err;
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), &err);
    cr_assert(client, "%s", err.message);
    cr_assert_eq(ph_client_subscribe(client, prefix, 5000, &err), 0, "%s", err.message);
    daemon_do(daemon, "start", "web", false);
    ph_cleanup(ph_event_destroy) ph_event_t *event = ph_client_receive(client, 5000, &err);
    cr_assert(event, "%s", err.message);
    cr_expect_str_eq(ph_event_topic(event), "watcher.web.start");
}

Test(events, a_subscription_is_active_when_subscribe_returns)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    for (int i = 0; i < 50; i++) {
        expect_first_event(daemon, i % 2 ? "watcher.web." : "");
        daemon_do(daemon, "stop", "web", true);
    }
}

Test(events, only_the_topics_that_were_asked_for_come)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with(IDLE "[watcher:other]\ncmd = @CHILD@ run\nautostart = no\n");
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), NULL);
    cr_assert_eq(ph_client_subscribe(client, "watcher.other.", 5000, NULL), 0);
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "start", "other", true);
    ph_cleanup(ph_event_destroy) ph_event_t *event = ph_client_receive(client, 5000, NULL);
    cr_assert_not_null(event);
    cr_expect_str_eq(ph_event_topic(event), "watcher.other.start");
}

Test(events, where_nothing_came_from_is_said)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    struct ph_error err = {0};
    ph_cleanup(ph_client_destroy) ph_client_t *client =
        ph_client_new(daemon_endpoint(daemon), NULL);
    cr_expect_null(ph_client_receive(client, 10, &err));
    ph_cleanup(ph_freep) char *unasked =
        ph_format("this client of %s has not subscribed to anything", daemon_endpoint(daemon));
    cr_expect_str_eq(err.message, unasked);

    cr_assert_eq(ph_client_subscribe(client, "watcher.nobody.", 5000, NULL), 0);
    cr_expect_null(ph_client_receive(client, 10, &err));
    ph_cleanup(ph_freep) char *late =
        ph_format("no event came from %s within 0.01 s", daemon_endpoint(daemon));
    cr_expect_str_eq(err.message, late);
}

Test(events, a_stranger_learns_by_a_sync_topic_when_his_subscription_is_active)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(IDLE);
    daemon_do(daemon, "start", "web", true);
    ph_cleanup(ph_event_destroy) ph_event_t *ready =
        daemon_wait_event(daemon, "watcher.web.ready", 5000);
    ph_cleanup(ph_freep) char *pubsub = ph_format("ipc://%s/run/pubsub.sock", daemon_dir(daemon));
    ph_cleanup(raw_destroy) raw_t *subscriber = raw_new(pubsub, ZMQ_SUB);
    zmq_setsockopt(raw_socket(subscriber), ZMQ_SUBSCRIBE, "watcher.", 8);
    zmq_setsockopt(raw_socket(subscriber), ZMQ_SUBSCRIBE, "plughost.sync.me", 16);
    size_t size;
    ph_cleanup(ph_freep) char *topic = raw_receive(subscriber, &size, 5000);
    cr_assert_str_eq(topic, "plughost.sync.me");
    ph_cleanup(ph_message_destroy) ph_message_t *body = raw_receive_map(subscriber, 5000);
    uint64_t seq = (uint64_t)ph_value_int(ph_value_get(ph_message_body(body), "seq"), -1);
    cr_expect_eq(seq, ph_event_seq(ready));

    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_freep) char *next = raw_receive(subscriber, &size, 5000);
    cr_expect_str_eq(next, "watcher.web.kill");
    ph_cleanup(ph_message_destroy) ph_message_t *killed = raw_receive_map(subscriber, 5000);
    cr_expect_eq((uint64_t)ph_value_int(ph_value_get(ph_message_body(killed), "seq"), -1), seq + 1);
}
