#include "connection.h"

#include "deadline.h"
#include "probe.h"

#include <alloc.h>
#include <endpoint.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    PROBE_MS = 900,
    LINGER_MS = 1000,
    MAX_SOCKETS = 8, /* two, and those of the monitor; ZeroMQ makes room for 1023 otherwise */
};

struct connection {
    char *endpoint;
    void *context;
    void *dealer;
    void *monitor; /* tells when the connection of the dealer is lost, and when it is back */
    void *sub;     /* NULL before connection_open_sub */
    int fds[CONNECTION_FDS];
    bool is_drained;    /* ZeroMQ has said that there is no message, and was not used since */
    bool may_have_news; /* the monitor's descriptor could be read */
    bool is_lost;
};

static const char monitor_address[] = "inproc://dealer";

static char *choose_endpoint(const char *endpoint)
{
    if (!endpoint)
        endpoint = getenv("PLUGHOST_ENDPOINT");
    return endpoint && *endpoint ? ph_strdup(endpoint) : ph_default_endpoint(NULL);
}

static bool set_option(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

/* Makes a socket that is connected, or returns NULL. */
static void *open_socket(connection_t *self, int type, const char *address, struct ph_error *err)
{
    void *socket = zmq_socket(self->context, type);
    if (socket && set_option(socket, ZMQ_LINGER, 0) &&
        set_option(socket, ZMQ_SNDHWM, CONNECTION_QUEUE_MESSAGES) &&
        set_option(socket, ZMQ_RCVHWM, CONNECTION_QUEUE_MESSAGES) &&
        zmq_connect(socket, address) == 0)
        return socket;

    ph_error_set(err, PH_INVALID, "cannot connect to %s: %s", address, zmq_strerror(zmq_errno()));
    if (socket)
        zmq_close(socket);
    return NULL;
}

static int fd_of(void *socket)
{
    int fd = -1;
    size_t size = sizeof fd;
    zmq_getsockopt(socket, ZMQ_FD, &fd, &size);
    return fd;
}

static int open_dealer(connection_t *self, struct ph_error *err)
{
    static const int events =
        ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    self->dealer = open_socket(self, ZMQ_DEALER, self->endpoint, err);
    if (!self->dealer)
        return -1;
    zmq_socket_monitor(self->dealer, monitor_address, events);
    self->monitor = open_socket(self, ZMQ_PAIR, monitor_address, err);
    if (!self->monitor)
        return -1;
    self->fds[CONNECTION_MESSAGES] = fd_of(self->dealer);
    self->fds[CONNECTION_NEWS] = fd_of(self->monitor);
    self->may_have_news = true;
    return 0;
}

connection_t *connection_new(const char *endpoint, struct ph_error *err)
{
    ph_cleanup(connection_destroy) connection_t *self = ph_calloc(1, sizeof *self);
    self->endpoint = choose_endpoint(endpoint);
    if (probe_endpoint(self->endpoint, PROBE_MS, err) < 0)
        return NULL;

    self->context = zmq_ctx_new();
    if (!self->context || zmq_ctx_set(self->context, ZMQ_MAX_SOCKETS, MAX_SOCKETS) < 0) {
        ph_error_sys(err, "cannot start ZeroMQ");
        return NULL;
    }
    return open_dealer(self, err) < 0 ? NULL : ph_steal(&self);
}

/* Only casts to a daemon that is there are worth waiting for. */
static void close_sockets(connection_t *self)
{
    if (self->dealer) {
        if (self->monitor)
            connection_look(self);
        while (self->monitor && connection_next_news(self) != CONNECTION_NO_NEWS)
            continue;
        set_option(self->dealer, ZMQ_LINGER, self->monitor && !self->is_lost ? LINGER_MS : 0);
        zmq_socket_monitor(self->dealer, NULL, 0);
        zmq_close(self->dealer);
    }
    if (self->monitor)
        zmq_close(self->monitor);
    if (self->sub)
        zmq_close(self->sub);
}

void connection_destroy(connection_t **self_p)
{
    connection_t *self = *self_p;
    if (!self)
        return;
    close_sockets(self);
    if (self->context)
        while (zmq_ctx_term(self->context) < 0 && errno == EINTR)
            continue;
    free(self->endpoint);
    free(self);
    *self_p = NULL;
}

const char *connection_endpoint(const connection_t *self)
{
    return self->endpoint;
}

int connection_send(connection_t *self, const ph_writer_t *message, const char *what, int wait_ms,
                    struct ph_error *err)
{
    size_t size;
    int64_t deadline = 0; /* not needed yet: nearly always there is room */
    const void *data = ph_writer_data(message, &size);
    if (size > PH_REQUEST_MAX_BYTES)
        return ph_error_set(err, PH_INVALID, "'%s' has %zu bytes; plughostd takes at most %d", what,
                            size, PH_REQUEST_MAX_BYTES);
    zmq_pollitem_t room = {.socket = self->dealer, .events = ZMQ_POLLOUT};
    self->is_drained = false; /* sending may take notice of what has arrived */
    while (zmq_send(self->dealer, data, size, ZMQ_DONTWAIT) < 0) {
        if (errno != EAGAIN && errno != EINTR)
            return ph_error_set(err, PH_INTERNAL, "cannot send '%s' to %s: %s", what,
                                self->endpoint, zmq_strerror(errno));
        if (deadline == 0)
            deadline = deadline_after(wait_ms);
        if (deadline_left(deadline) == 0)
            return ph_error_set(err, PH_BUSY, "cannot send '%s' to %s: too much waits to be sent",
                                what, self->endpoint);
        zmq_poll(&room, 1, deadline_left(deadline));
    }
    return 0;
}

/* What is no message is passed over: the daemon does not send it. */
ph_message_t *connection_receive(connection_t *self)
{
    ph_message_t *message = NULL;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    self->is_drained = false;
    while (!message && !self->is_drained) {
        self->is_drained = zmq_msg_recv(&frame, self->dealer, ZMQ_DONTWAIT) < 0;
        if (!self->is_drained && !zmq_msg_more(&frame))
            message = ph_message_new(zmq_msg_data(&frame), zmq_msg_size(&frame), NULL);
    }
    zmq_msg_close(&frame);
    return message;
}

/* ZeroMQ's own poll asks each socket several times; this one waits once. */
void connection_wait(connection_t *self, int64_t deadline)
{
    struct pollfd items[CONNECTION_FDS];
    for (int i = 0; i < CONNECTION_FDS; i++)
        items[i] = (struct pollfd){.fd = self->fds[i], .events = POLLIN};
    if (poll(items, CONNECTION_FDS, self->is_drained ? deadline_left(deadline) : 0) > 0)
        self->may_have_news |= items[CONNECTION_NEWS].revents != 0;
}

void connection_look(connection_t *self)
{
    struct pollfd item = {.fd = self->fds[CONNECTION_NEWS], .events = POLLIN};
    self->may_have_news |= poll(&item, 1, 0) > 0;
}

void connection_note_news(connection_t *self)
{
    self->may_have_news = true;
}

void connection_fds(const connection_t *self, int fds[CONNECTION_FDS])
{
    memcpy(fds, self->fds, sizeof self->fds);
}

bool connection_is_drained(const connection_t *self)
{
    return self->is_drained;
}

/* Receives one message of the monitor, of two frames: a number of 16 bits, which is what happened,
 * with a value, and the address. Returns 0 when there is none. */
static uint16_t receive_monitored(connection_t *self)
{
    uint16_t happened = 0;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, self->monitor, ZMQ_DONTWAIT) >= (int)sizeof happened) {
        memcpy(&happened, zmq_msg_data(&frame), sizeof happened);
        while (zmq_msg_more(&frame) && zmq_msg_recv(&frame, self->monitor, 0) >= 0)
            continue;
    }
    zmq_msg_close(&frame);
    return happened;
}

enum connection_news connection_next_news(connection_t *self)
{
    while (self->may_have_news) {
        switch (receive_monitored(self)) {
        case ZMQ_EVENT_DISCONNECTED:
            self->is_lost = true;
            return CONNECTION_LOST;
        case ZMQ_EVENT_CONNECT_RETRIED:
            if (self->is_lost)
                return CONNECTION_NOT_YET;
            break;
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
            self->is_lost = false;
            return CONNECTION_BACK;
        case 0:
            self->may_have_news = false;
            break;
        default: /* the end of the monitor itself */
            break;
        }
    }
    return CONNECTION_NO_NEWS;
}

bool connection_is_lost(const connection_t *self)
{
    return self->is_lost;
}

int connection_probe(const connection_t *self, struct ph_error *err)
{
    return probe_endpoint(self->endpoint, PROBE_MS, err);
}

void *connection_open_sub(connection_t *self, const char *address, struct ph_error *err)
{
    self->sub = open_socket(self, ZMQ_SUB, address, err);
    return self->sub;
}
