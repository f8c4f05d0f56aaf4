/* forward.c - events through bare ZeroMQ: what plughostd's are measured beside.
 *
 *     bench-forward send IN COUNT SIZE                 a DEALER sends COUNT frames of SIZE bytes
 *     bench-forward pass IN OUT COUNT TOPIC SIZE       a ROUTER takes them, a PUB passes each on as
 *                                                      a topic of TOPIC bytes and SIZE bytes
 *     bench-forward take OUT COUNT                     a SUB takes them
 *
 * Each frame begins with its number. `send` prints when it began, in nanoseconds of the monotonic
 * clock; `pass` prints a line when it listens; `take` prints a line when it is subscribed, and at
 * the end how many came, how many times the number was not one more than the last, and when the
 * last came. */
#include "sockets.h"

#include <inttypes.h>
#include <string.h>

enum { SYNC_MS = 10, SETTLE_MS = 2000, TOPIC_MAX = 200 };

static const char usage[] = "bench-forward send IN COUNT SIZE | pass IN OUT COUNT TOPIC SIZE | "
                            "take OUT COUNT";
static const char topic_text[] = "event.bench";

static void send_all(void *context, const char *in, size_t count, size_t size)
{
    void *dealer = connect_socket(context, ZMQ_DEALER, in);
    char *frame = calloc(1, size);
    if (!frame)
        fail("calloc");
    int64_t begin = now_ns();
    for (uint64_t i = 0; i < count; i++) {
        memcpy(frame, &i, sizeof i);
        send_bytes(dealer, frame, size, 0);
    }
    printf("%" PRId64 "\n", begin);
    free(frame);
    zmq_close(dealer);
}

/* Takes the routing id and the frame behind it. */
static void take_frame(void *router, zmq_msg_t *frame)
{
    for (int i = 0; i < 2; i++)
        if (zmq_msg_recv(frame, router, 0) < 0)
            fail("zmq_msg_recv");
}

static void pass_on(void *pub, zmq_msg_t *frame, size_t topic_size, size_t size)
{
    static const char topic[TOPIC_MAX] = "event.bench";
    size_t had = zmq_msg_size(frame);
    zmq_msg_t body;
    if (zmq_msg_init_size(&body, size) < 0)
        fail("zmq_msg_init_size");
    memcpy(zmq_msg_data(&body), zmq_msg_data(frame), had < size ? had : size);
    send_bytes(pub, topic, topic_size, ZMQ_SNDMORE);
    if (zmq_msg_send(&body, pub, 0) < 0)
        fail("zmq_msg_send");
}

static void pass_all(void *context, char **words)
{
    size_t count = number(words[2]), topic_size = number(words[3]), size = number(words[4]);
    void *router = bind_socket(context, ZMQ_ROUTER, words[0]);
    void *pub = bind_socket(context, ZMQ_PUB, words[1]);
    puts("listens");
    fflush(stdout);
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    zmq_pollitem_t arrived = {.socket = router, .events = ZMQ_POLLIN};
    /* A SUB that nothing reaches is not subscribed yet. */
    while (zmq_poll(&arrived, 1, SYNC_MS) == 0)
        send_bytes(pub, "sync", 4, 0);
    for (size_t i = 0; i < count; i++) {
        take_frame(router, &frame);
        pass_on(pub, &frame, topic_size, size);
    }
    zmq_msg_close(&frame);
    zmq_close(router);
    zmq_close(pub);
}

struct taken {
    size_t count, disorder;
    uint64_t next;
    int64_t end;
};

static void note(struct taken *self, zmq_msg_t *body)
{
    uint64_t i;
    memcpy(&i, zmq_msg_data(body), sizeof i);
    self->disorder += i != self->next;
    self->next = i + 1;
    self->count++;
}

/* What was lost never comes: the end is when nothing more does. */
static void take_all(void *sub, size_t count, struct taken *taken)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (taken->next < count && zmq_msg_recv(&frame, sub, 0) >= 0) {
        if (!zmq_msg_more(&frame))
            continue;
        if (zmq_msg_recv(&frame, sub, 0) < 0)
            break;
        note(taken, &frame);
        if (taken->next == count)
            taken->end = now_ns();
        if (taken->count == 1)
            set_option(sub, ZMQ_RCVTIMEO, SETTLE_MS);
    }
    zmq_msg_close(&frame);
    if (taken->end == 0)
        taken->end = now_ns() - (int64_t)SETTLE_MS * 1000000;
}

static void take(void *context, const char *out, size_t count)
{
    struct taken taken = {0};
    char ignored[8];
    void *sub = connect_socket(context, ZMQ_SUB, out);
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, topic_text, strlen(topic_text));
    zmq_setsockopt(sub, ZMQ_SUBSCRIBE, "sync", 4);
    if (zmq_recv(sub, ignored, sizeof ignored, 0) < 0)
        fail("zmq_recv");
    puts("is subscribed");
    fflush(stdout);
    take_all(sub, count, &taken);
    printf("%zu %zu %" PRId64 "\n", taken.count, taken.disorder, taken.end);
    zmq_close(sub);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";
    void *context = zmq_ctx_new();
    if (strcmp(verb, "send") == 0 && argc == 5 && number(argv[4]) >= sizeof(uint64_t))
        send_all(context, argv[2], number(argv[3]), number(argv[4]));
    else if (strcmp(verb, "pass") == 0 && argc == 7 && number(argv[5]) <= TOPIC_MAX)
        pass_all(context, argv + 2);
    else if (strcmp(verb, "take") == 0 && argc == 4)
        take(context, argv[2], number(argv[3]));
    else
        fail_usage(usage);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
