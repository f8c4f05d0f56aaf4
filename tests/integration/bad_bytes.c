/* Bad bytes at the endpoint: each gets an error or is dropped, and the next good request is
 * answered.
 */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <poll.h>
#include <processes.h>
#include <raw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

TestSuite(bad_bytes, .timeout = 120);

enum { REPLY_MS = 10000 };

/* ---- messages ---- */

struct bytes {
    const void *data;
    size_t size;
};

/* Sends a body that is no request, on a REQ and on a DEALER, and checks the error's code; then both
 * still get an answer to a good request. */
static void expect_refused(daemon_t *daemon, struct bytes body, const char *code)
{
    static const int types[] = {ZMQ_REQ, ZMQ_DEALER};
    for (size_t i = 0; i < 2; i++) {
        ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), types[i]);
        raw_send(client, body.data, body.size, 0);
        ph_cleanup(ph_message_destroy) ph_message_t *reply = raw_receive_map(client, REPLY_MS);
        cr_expect_str_eq(reply_text(reply, "status"), "error");
        cr_expect_str_eq(reply_text(reply, "code"), code, "%s", reply_text(reply, "reason"));
        cr_expect_str_neq(reply_text(reply, "reason"), "");
        raw_expect_pong(client);
    }
}

/* A literal, which may hold NULs. */
#define BYTES(text) ((struct bytes){("" text), sizeof(text) - 1})

Test(bad_bytes, bodies_that_are_no_map_are_malformed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    expect_refused(daemon, BYTES("\xc1"), "malformed");     /* a byte msgpack never uses */
    expect_refused(daemon, BYTES("\x07"), "malformed");     /* a number */
    expect_refused(daemon, BYTES("\xa4ping"), "malformed"); /* a text */
    expect_refused(daemon, BYTES("\x91\x80"), "malformed"); /* an array */
    expect_refused(daemon, BYTES("\x80\x80"), "malformed"); /* two maps */
    expect_refused(daemon,
                   BYTES("\x81\xa7"
                         "command"),
                   "malformed"); /* a key without a value */
    expect_refused(daemon,
                   BYTES("\x81\xa7"
                         "comm"),
                   "malformed");                                        /* a text cut short */
    expect_refused(daemon, BYTES("\xdf\xff\xff\xff\xff"), "malformed"); /* 4 billion entries */
    expect_refused(daemon,
                   BYTES("\x81\xdb\xff\xff\xff\xff"
                         "a"),
                   "malformed"); /* 4 GB of text */
    expect_refused(daemon,
                   BYTES("\x81\xc9\xff\xff\xff\xff\x01"
                         "a"),
                   "malformed");
}

Test(bad_bytes, requests_with_wrong_fields_are_invalid)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    expect_refused(daemon, BYTES("\x80"), "invalid"); /* no command */
    expect_refused(daemon,
                   BYTES("\x81\xa7"
                         "command\x07"),
                   "invalid"); /* a number for it */
    expect_refused(daemon,
                   BYTES("\x81\xa7"
                         "command\xc4\x04ping"),
                   "invalid"); /* binary for it */
    expect_refused(daemon,
                   BYTES("\x82\xa7"
                         "command\xa4ping\xaaproperties\x90"),
                   "invalid");
    expect_refused(daemon,
                   BYTES("\x82\xa7"
                         "command\xa4ping\xaaproperties\x81\x01\x02"),
                   "invalid");
    expect_refused(daemon,
                   BYTES("\x81\xa7"
                         "command\xa4pang"),
                   "unknown_command");
    expect_refused(daemon,
                   BYTES("\x81\xa7"
                         "command\xa0"),
                   "unknown_command");
}

/* JSON errors come back as what the bytes looked like: JSON. */
static void expect_json_refused(raw_t *client, const char *request, const char *code)
{
    ph_cleanup(ph_freep) char *wanted = ph_format("\"code\":\"%s\"", code);
    raw_send_text(client, request, 0);
    size_t size = 0;
    ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
    cr_assert(reply, "no reply to %.40s", request);
    cr_expect(reply[0] == '{' && strstr(reply, wanted), "to %.40s: %s", request, reply);
}

Test(bad_bytes, wrong_json_gets_an_error_in_json)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    expect_json_refused(client, "{", "malformed");
    expect_json_refused(client, "{\"command\": \"ping\"", "malformed");
    expect_json_refused(client, "{\"command\": \"ping\"} {}", "malformed");
    expect_json_refused(client, " [\"ping\"]", "malformed");
    expect_json_refused(client, " ", "malformed");
    expect_json_refused(client, "{\"command\": \"\xff\"}", "malformed");
    expect_json_refused(client, "{}", "invalid");
    expect_json_refused(client, "{\"command\": [\"ping\"]}", "invalid");
    expect_json_refused(client, "{\"command\": \"ping\", \"properties\": 1}", "invalid");
    raw_expect_pong(client);
}

static char *repeat(const char *text, size_t count)
{
    char *result = ph_calloc(count, strlen(text) + 1);
    for (size_t i = 0; i < count; i++)
        memcpy(result + i * strlen(text), text, strlen(text));
    return result;
}

Test(bad_bytes, a_map_nested_a_thousand_deep_is_malformed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(ph_freep) char *maps = repeat("\x81\xa1"
                                             "a",
                                             1000);
    maps = ph_realloc_array(maps, 3001, 1);
    memcpy(maps + 3000, "\xc0", 1);
    expect_refused(daemon, (struct bytes){maps, 3001}, "malformed");

    ph_cleanup(ph_freep) char *open = repeat("{\"a\":", 1000);
    ph_cleanup(ph_freep) char *close = repeat("}", 1000);
    ph_cleanup(ph_freep) char *json = ph_format("%snull%s", open, close);
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_REQ);
    expect_json_refused(client, json, "malformed");
    raw_expect_pong(client);
}

Test(bad_bytes, more_than_100000_values_are_malformed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    enum { COUNT = 100001 };
    ph_cleanup(ph_freep) char *body = ph_calloc(1, COUNT + 8);
    memcpy(body,
           "\x81\xa1"
           "a\xdd\x00\x01\x86\xa1",
           8); /* {"a": [100001 times nil]} */
    memset(body + 8, '\xc0', COUNT);
    expect_refused(daemon, (struct bytes){body, COUNT + 8}, "malformed");
}

Test(bad_bytes, frames_that_make_no_request_are_malformed)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_send_text(client, "", 0); /* nothing behind the empty frame */
    ph_cleanup(ph_message_destroy) ph_message_t *nothing = raw_receive_map(client, REPLY_MS);
    cr_expect_str_eq(reply_text(nothing, "code"), "malformed");

    raw_send_text(client, "", ZMQ_SNDMORE); /* two bodies behind it */
    raw_send_text(client, "{\"command\":\"ping\"}", ZMQ_SNDMORE);
    raw_send_text(client, "{\"command\":\"ping\"}", 0);
    ph_cleanup(ph_message_destroy) ph_message_t *two = raw_receive_map(client, REPLY_MS);
    cr_expect_str_eq(reply_text(two, "code"), "malformed");

    for (int i = 0; i < 5000; i++)
        raw_send_text(client, "frame", ZMQ_SNDMORE);
    raw_send_text(client, "the last", 0);
    ph_cleanup(ph_message_destroy) ph_message_t *many = raw_receive_map(client, REPLY_MS);
    cr_expect_str_eq(reply_text(many, "code"), "malformed");
    raw_expect_pong(client);
}

/* ---- memory ---- */

/* A sanitizer keeps what was freed: then memory tells nothing. */
static void expect_flat_memory(daemon_t *daemon, long before_kib)
{
#ifndef __SANITIZE_ADDRESS__
    long grown_kib = process_number(daemon_pid(daemon), "VmRSS:") - before_kib;
    cr_expect_lt(grown_kib, 8 << 10, "memory has grown by %ld KiB", grown_kib);
#else
    (void)daemon;
    (void)before_kib;
#endif
}

/* Waits until libzmq tells that the connection was lost. */
static void expect_disconnected(void *monitor)
{
    uint16_t event = 0;
    while (event != ZMQ_EVENT_DISCONNECTED) {
        zmq_pollitem_t item = {.socket = monitor, .events = ZMQ_POLLIN};
        char address[256];
        unsigned char head[6];
        cr_assert_gt(zmq_poll(&item, 1, REPLY_MS), 0, "the connection stands");
        cr_assert_eq(zmq_recv(monitor, head, sizeof head, 0), (int)sizeof head);
        memcpy(&event, head, sizeof event);
        zmq_recv(monitor, address, sizeof address, 0);
    }
}

Test(bad_bytes, a_frame_of_100_mb_closes_its_connection_and_leaves_memory_flat)
{
    enum { SIZE = 100 << 20 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *good = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(raw_destroy) raw_t *bad = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_expect_pong(good);
    raw_expect_pong(bad);
    long before = process_number(daemon_pid(daemon), "VmRSS:");

    void *monitor = raw_monitor(bad);
    ph_cleanup(ph_freep) char *big = ph_calloc(1, SIZE);
    raw_send(bad, big, SIZE, 0);
    expect_disconnected(monitor);
    zmq_close(monitor);
    raw_expect_pong(good);
    expect_flat_memory(daemon, before);
}

/* A reproducible stream of bytes. */
static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245U + 12345U;
    return *state >> 16;
}

Test(bad_bytes, a_flood_of_random_bytes_is_answered_and_leaves_memory_flat)
{
    enum { MESSAGES = 5000, SIZE = 256 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *client = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    unsigned state = 1;
    long before = 0;
    for (int i = 0; i < MESSAGES; i++) {
        unsigned char bytes[SIZE];
        size_t size = next_random(&state) % (SIZE - 1) + 1;
        for (size_t k = 0; k < size; k++)
            bytes[k] = (unsigned char)next_random(&state);
        raw_send(client, bytes, size, 0);
        ph_cleanup(ph_freep) char *reply = raw_receive(client, &size, REPLY_MS);
        cr_assert_not_null(reply);
        if (i == MESSAGES / 10)
            before = process_number(daemon_pid(daemon), "VmRSS:");
    }
    raw_expect_pong(client);
    expect_flat_memory(daemon, before);
}

/* Connects to a socket of the daemon as something that knows nothing of ZeroMQ. */
static int speak_http(const daemon_t *daemon, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/run/%s", daemon_dir(daemon), name);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    ph_cleanup(ph_freep) char *bytes = repeat("GET / HTTP/1.1\r\n", 100);
    send(fd, bytes, strlen(bytes), MSG_NOSIGNAL);
    return fd;
}

static void expect_hang_up(const daemon_t *daemon, const char *name)
{
    ph_cleanup(ph_closep) int fd = speak_http(daemon, name);
    struct pollfd item = {.fd = fd, .events = POLLRDHUP};
    cr_assert_gt(poll(&item, 1, REPLY_MS), 0, "the connection to '%s' stands", name);
}

/* libzmq 4.3.4 would take it for a peer of ZMTP 1, and abort if the socket is closed meanwhile. */
Test(bad_bytes, what_is_no_zmtp_3_is_hung_up_on_and_leaves_no_descriptor)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *good = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    raw_expect_pong(good);
    size_t before = process_descriptors(daemon_pid(daemon));
    for (int i = 0; i < 20; i++) {
        expect_hang_up(daemon, "endpoint.sock");
        expect_hang_up(daemon, "pubsub.sock");
    }
    raw_expect_pong(good);
    cr_expect_leq(process_descriptors(daemon_pid(daemon)), before);
}

Test(bad_bytes, an_end_while_it_is_spoken_to_without_zmtp_is_in_order)
{
    enum { DAEMONS = 5, STRANGERS = 20 };
    for (int i = 0; i < DAEMONS; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
        for (int k = 0; k < STRANGERS; k++) {
            int fd = speak_http(daemon, k % 2 ? "endpoint.sock" : "pubsub.sock");
            ph_closep(&fd);
        }
    }
}

Test(bad_bytes, a_client_that_reads_nothing_delays_nobody)
{
    enum { REQUESTS = 20000 };
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    ph_cleanup(raw_destroy) raw_t *good = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    ph_cleanup(raw_destroy) raw_t *deaf = raw_new(daemon_endpoint(daemon), ZMQ_DEALER);
    for (int i = 0; i < REQUESTS; i++) {
        raw_send_text(deaf, "{\"command\":\"ping\"}", 0);
        if (i % 1000 == 0)
            raw_expect_pong(good);
    }
    raw_expect_pong(good);
}
