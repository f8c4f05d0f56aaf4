#include "router.h"

#include <criterion/criterion.h>
#include <zmq.h>

void *bind_socket(void *context, int type, const char *address)
{
    int linger_ms = 0;
    void *socket = zmq_socket(context, type);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger_ms, sizeof linger_ms);
    cr_assert_eq(zmq_bind(socket, address), 0);
    return socket;
}

void router_open(struct router *self, void *context, const char *address)
{
    self->socket = bind_socket(context, ZMQ_ROUTER, address);
}

void router_close(struct router *self)
{
    zmq_close(self->socket);
    ph_message_destroy(&self->heard);
}

void router_hear(struct router *self)
{
    zmq_pollitem_t item = {.socket = self->socket, .events = ZMQ_POLLIN};
    cr_assert_eq(zmq_poll(&item, 1, ROUTER_WAIT_MS), 1, "nothing comes");
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    self->peer_size = (size_t)zmq_recv(self->socket, self->peer, sizeof self->peer, 0);
    zmq_msg_recv(&frame, self->socket, 0);
    ph_message_destroy(&self->heard);
    self->heard = ph_message_new(zmq_msg_data(&frame), zmq_msg_size(&frame), NULL);
    zmq_msg_close(&frame);
    cr_assert_not_null(self->heard);
}

const ph_value_t *router_get(const struct router *self, const char *key)
{
    return ph_value_get(ph_message_body(self->heard), key);
}

void router_send(const struct router *self, const ph_writer_t *message)
{
    size_t size;
    const void *data = ph_writer_data(message, &size);
    zmq_send(self->socket, self->peer, self->peer_size, ZMQ_SNDMORE);
    zmq_send(self->socket, data, size, 0);
}
