/* echo.c - round trips through bare ZeroMQ: what those through plughostd are measured beside.
 *
 *     bench-echo reply ADDRESS SIZE          a REP answers each request with SIZE bytes
 *     bench-echo route ADDRESS SIZE          a ROUTER does
 *     bench-echo ask ADDRESS SIZE            a REQ sends requests of SIZE bytes, one at a time
 *     bench-echo flood ADDRESS WINDOW        a DEALER sends pings, of which WINDOW are on their way
 *                                            at any time; plughostd answers them as well
 *
 * The last two do as many as each line of their input says. `ask` answers with a line of how many
 * nanoseconds each took, `flood` with a line of how many all took. The first two print a line when
 * they listen. All end with their input, the first two with SIGTERM. */
#include "sockets.h"

#include <inttypes.h>
#include <string.h>

enum { LINE = 32 };

static const char usage[] = "bench-echo reply|route|ask ADDRESS SIZE | flood ADDRESS WINDOW";

/* {"command": "ping", "id": 7} in msgpack */
static const char ping[] = "\x82\xa7"
                           "command\xa4"
                           "ping\xa2id\x07";

static void *make_bytes(size_t size)
{
    void *bytes = calloc(1, size + 1);
    if (!bytes)
        fail("calloc");
    return bytes;
}

static void receive(void *socket, zmq_msg_t *frame)
{
    if (zmq_msg_recv(frame, socket, 0) < 0)
        fail("zmq_msg_recv");
}

static void serve(void *context, int type, const char *address, size_t size)
{
    void *socket = bind_socket(context, type, address);
    void *bytes = make_bytes(size);
    zmq_msg_t id, body;
    zmq_msg_init(&id);
    zmq_msg_init(&body);
    set_option(socket, ZMQ_RCVTIMEO, -1);
    puts("listens");
    fflush(stdout);
    for (;;) {
        if (type == ZMQ_ROUTER)
            receive(socket, &id);
        receive(socket, &body);
        if (type == ZMQ_ROUTER && zmq_msg_send(&id, socket, ZMQ_SNDMORE) < 0)
            fail("zmq_msg_send");
        send_bytes(socket, bytes, size, 0);
    }
}

static void ask(void *context, const char *address, size_t size)
{
    void *req = connect_socket(context, ZMQ_REQ, address);
    void *bytes = make_bytes(size);
    zmq_msg_t reply;
    zmq_msg_init(&reply);
    for (char line[LINE]; fgets(line, sizeof line, stdin);) {
        for (unsigned long left = strtoul(line, NULL, 10); left > 0; left--) {
            int64_t begin = now_ns();
            send_bytes(req, bytes, size, 0);
            receive(req, &reply);
            printf("%" PRId64 " ", now_ns() - begin);
        }
        puts("");
        fflush(stdout);
    }
    free(bytes);
    zmq_close(req);
}

static int64_t flood_once(void *dealer, size_t count, size_t window)
{
    zmq_msg_t reply;
    zmq_msg_init(&reply);
    int64_t begin = now_ns();
    size_t sent = 0;
    for (; sent < window && sent < count; sent++)
        send_bytes(dealer, ping, sizeof ping - 1, 0);
    for (size_t received = 0; received < count; received++) {
        receive(dealer, &reply);
        if (sent < count) {
            send_bytes(dealer, ping, sizeof ping - 1, 0);
            sent++;
        }
    }
    zmq_msg_close(&reply);
    return now_ns() - begin;
}

static void flood(void *context, const char *address, size_t window)
{
    void *dealer = connect_socket(context, ZMQ_DEALER, address);
    for (char line[LINE]; fgets(line, sizeof line, stdin);) {
        printf("%" PRId64 "\n", flood_once(dealer, strtoul(line, NULL, 10), window));
        fflush(stdout);
    }
    zmq_close(dealer);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail_usage(usage);
    size_t size = number(argv[3]);
    void *context = zmq_ctx_new();
    if (strcmp(argv[1], "reply") == 0)
        serve(context, ZMQ_REP, argv[2], size);
    else if (strcmp(argv[1], "route") == 0)
        serve(context, ZMQ_ROUTER, argv[2], size);
    else if (strcmp(argv[1], "ask") == 0)
        ask(context, argv[2], size);
    else if (strcmp(argv[1], "flood") == 0)
        flood(context, argv[2], size);
    else
        fail_usage(usage);
    zmq_ctx_term(context);
    return EXIT_SUCCESS;
}
