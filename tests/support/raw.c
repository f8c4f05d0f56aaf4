#include "raw.h"

#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct raw {
    void *context;
    void *socket;
};

raw_t *raw_new(const char *endpoint, int type)
{
    int linger = 0;
    raw_t *self = ph_calloc(1, sizeof *self);
    self->context = zmq_ctx_new();
    self->socket = zmq_socket(self->context, type);
    zmq_setsockopt(self->socket, ZMQ_LINGER, &linger, sizeof linger);
    cr_assert_eq(zmq_connect(self->socket, endpoint), 0, "cannot connect to '%s'", endpoint);
    return self;
}

void raw_destroy(raw_t **self_p)
{
    raw_t *self = *self_p;
    if (!self)
        return;
    zmq_close(self->socket);
    zmq_ctx_term(self->context);
    free(self);
    *self_p = NULL;
}

void *raw_socket(const raw_t *self)
{
    return self->socket;
}

void *raw_monitor(raw_t *self)
{
    static const char address[] = "inproc://monitor";
    zmq_socket_monitor(self->socket, address, ZMQ_EVENT_ALL);
    void *monitor = zmq_socket(self->context, ZMQ_PAIR);
    cr_assert_eq(zmq_connect(monitor, address), 0);
    return monitor;
}

void raw_send(raw_t *self, const void *data, size_t size, int flags)
{
    int sent = zmq_send(self->socket, data, size, flags);
    cr_assert(sent >= 0, "cannot send: %s", zmq_strerror(zmq_errno()));
}

void raw_send_text(raw_t *self, const char *text, int flags)
{
    raw_send(self, text, strlen(text), flags);
}

void raw_send_map(raw_t *self, const ph_writer_t *map, int flags)
{
    size_t size;
    const void *data = ph_writer_data(map, &size);
    raw_send(self, data, size, flags);
}

char *raw_receive(raw_t *self, size_t *size, int timeout_ms)
{
    zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, timeout_ms) <= 0)
        return NULL;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    cr_assert_geq(zmq_msg_recv(&frame, self->socket, 0), 0);
    *size = zmq_msg_size(&frame);
    char *data = ph_calloc(1, *size + 1);
    if (*size > 0)
        memcpy(data, zmq_msg_data(&frame), *size);
    zmq_msg_close(&frame);
    return data;
}

bool raw_has_more(const raw_t *self)
{
    int more = 0;
    size_t size = sizeof more;
    zmq_getsockopt(self->socket, ZMQ_RCVMORE, &more, &size);
    return more != 0;
}

ph_message_t *raw_receive_map(raw_t *self, int timeout_ms)
{
    struct ph_error err;
    size_t size = 0;
    ph_cleanup(ph_freep) char *data = raw_receive(self, &size, timeout_ms);
    cr_assert(data, "no reply within %d ms", timeout_ms);
    while (raw_has_more(self)) {
        ph_freep(&data);
        data = raw_receive(self, &size, timeout_ms);
    }
    ph_message_t *message = ph_message_new(data, size, &err);
    cr_assert(message, "the reply is no map: %s", err.message);
    return message;
}

void raw_expect_pong(raw_t *self)
{
    enum { ID = 4711, REPLY_MS = 10000 };
    ph_cleanup(ph_writer_destroy) ph_writer_t *ping = ph_writer_new();
    ph_writer_string(ping, "command", "ping");
    ph_writer_int(ping, "id", ID);
    raw_send_map(self, ping, 0);
    ph_cleanup(ph_message_destroy) ph_message_t *pong = raw_receive_map(self, REPLY_MS);
    cr_expect_str_eq(reply_text(pong, "status"), "ok");
    cr_expect_eq(reply_number(pong, "id"), ID);
}

const char *reply_text(const ph_message_t *reply, const char *key)
{
    return ph_value_string(ph_value_get(ph_message_body(reply), key), "");
}

int64_t reply_number(const ph_message_t *reply, const char *key)
{
    return ph_value_int(ph_value_get(ph_message_body(reply), key), -1);
}
