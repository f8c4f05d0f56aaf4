/* greet.c - the sockets of a plugin without plughost: what its start is measured beside.
 *
 *     bench-greet join ENDPOINT PUBSUB     a SUB that waits for one message on a topic of its own,
 *                                          and a DEALER that then sends one request, waits for the
 *                                          reply and does nothing more
 *     bench-greet serve ENDPOINT PUBSUB    an XPUB that publishes one message on each new topic,
 * and a ROUTER that answers each request; prints a line when it listens, and at each request the
 * time of the monotonic clock in nanoseconds. Ends with SIGTERM */
#include "sockets.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { TOPIC_MAX = 64 };

static void join(void *context, const char *endpoint, const char *pubsub)
{
    char topic[TOPIC_MAX], reply[TOPIC_MAX];
    void *dealer = connect_socket(context, ZMQ_DEALER, endpoint);
    void *sub = connect_socket(context, ZMQ_SUB, pubsub);
    snprintf(topic, sizeof topic, "sync.%d", getpid());
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic, strlen(topic));
    if (zmq_recv(sub, reply, sizeof reply, 0) < 0)
        fail("bench-greet: nothing was published");
    send_bytes(dealer, "ready", 5, 0);
    if (zmq_recv(dealer, reply, sizeof reply, 0) < 0)
        fail("bench-greet: no reply");
    while (pause() < 0)
        continue;
}

static void answer(void *router)
{
    zmq_msg_t id, body;
    zmq_msg_init(&id);
    zmq_msg_init(&body);
    while (zmq_msg_recv(&id, router, ZMQ_DONTWAIT) >= 0) {
        if (zmq_msg_recv(&body, router, 0) < 0 || zmq_msg_send(&id, router, ZMQ_SNDMORE) < 0)
            fail("bench-greet: router");
        send_bytes(router, "ok", 2, 0);
        printf("%" PRId64 "\n", now_ns());
        fflush(stdout);
    }
    zmq_msg_close(&id);
    zmq_msg_close(&body);
}

static void welcome(void *xpub)
{
    char topic[TOPIC_MAX];
    for (int size; (size = zmq_recv(xpub, topic, sizeof topic, ZMQ_DONTWAIT)) >= 0;)
        if (size > 1 && topic[0] == 1)
            send_bytes(xpub, topic + 1, (size_t)size - 1, 0);
}

static void serve(void *context, const char *endpoint, const char *pubsub)
{
    void *router = make_socket(context, ZMQ_ROUTER);
    void *xpub = make_socket(context, ZMQ_XPUB);
    set_option(router, ZMQ_BACKLOG, 4096);
    set_option(xpub, ZMQ_BACKLOG, 4096);
    if (zmq_bind(router, endpoint) < 0 || zmq_bind(xpub, pubsub) < 0)
        fail("bench-greet: zmq_bind");
    puts("listens");
    fflush(stdout);
    zmq_pollitem_t items[] = {{.socket = router, .events = ZMQ_POLLIN},
                              {.socket = xpub, .events = ZMQ_POLLIN}};
    while (zmq_poll(items, 2, -1) > 0) {
        welcome(xpub);
        answer(router);
    }
}

int main(int argc, char **argv)
{
    void *context = zmq_ctx_new();
    if (argc == 4 && strcmp(argv[1], "join") == 0)
        join(context, argv[2], argv[3]);
    else if (argc == 4 && strcmp(argv[1], "serve") == 0)
        serve(context, argv[2], argv[3]);
    else
        fail_usage("bench-greet join|serve ENDPOINT PUBSUB");
    return EXIT_FAILURE;
}
