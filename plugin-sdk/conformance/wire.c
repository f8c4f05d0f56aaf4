#include "wire.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>
#include <zmq.h>

static void keep(struct frames *self, zmq_msg_t *frame)
{
    size_t index = self->count++;
    if (index >= WIRE_MAX_FRAMES)
        return;
    size_t size = zmq_msg_size(frame);
    self->data[index] = ph_calloc(1, size + 1);
    memcpy(self->data[index], zmq_msg_data(frame), size);
    self->sizes[index] = size;
}

bool frames_receive(struct frames *self, void *socket)
{
    frames_release(self);
    bool has_more = true;
    while (has_more) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return false;
        }
        keep(self, &frame);
        has_more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    return true;
}

void frames_release(struct frames *self)
{
    for (size_t i = 0; i < WIRE_MAX_FRAMES; i++)
        free(self->data[i]);
    memset(self, 0, sizeof *self);
}

void frames_send(void *socket, const void *data, size_t size, bool has_more)
{
    zmq_send(socket, data, size, ZMQ_DONTWAIT | (has_more ? ZMQ_SNDMORE : 0));
}

ph_message_t *body_decode(const void *data, size_t size, bool *is_json, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = 32, .max_values = 100000};
    *is_json = wire_is_json(data, size);
    if (*is_json)
        return wire_decode_json(data, size, &limits, err);
    return wire_decode(data, size, &limits, err);
}

char *body_to_json(const ph_writer_t *body)
{
    size_t size;
    const void *data = ph_writer_data(body, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(message));
}
