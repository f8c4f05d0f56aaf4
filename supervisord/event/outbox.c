#include "outbox.h"

#include <alloc.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct outbox_message {
    zmq_msg_t topic, body;
};

static void fill(zmq_msg_t *frame, const void *data, size_t size)
{
    if (zmq_msg_init_size(frame, size) < 0)
        abort();
    memcpy(zmq_msg_data(frame), data, size);
}

void outbox_put(struct outbox *self, const char *topic, size_t topic_size, const void *body,
                size_t size)
{
    assert(self->count < OUTBOX_MAX);
    if (!self->messages)
        self->messages = ph_calloc(OUTBOX_MAX, sizeof *self->messages);
    struct outbox_message *message = &self->messages[self->count++];
    fill(&message->topic, topic, topic_size);
    fill(&message->body, body, size);
}

/* Sent frames are empty, and closing those does nothing. */
static void send_one(struct outbox_message *message, void *socket)
{
    if (zmq_msg_send(&message->topic, socket, ZMQ_SNDMORE) >= 0)
        zmq_msg_send(&message->body, socket, 0);
    zmq_msg_close(&message->topic);
    zmq_msg_close(&message->body);
}

void outbox_send(struct outbox *self, void *socket)
{
    for (size_t i = 0; i < self->count; i++)
        send_one(&self->messages[i], socket);
    self->count = 0;
}

void outbox_release(struct outbox *self)
{
    assert(self->count == 0);
    free(self->messages);
    self->messages = NULL;
}
