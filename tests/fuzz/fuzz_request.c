/* Feeds bytes to the request decoder as the endpoint does, and has the replies made.
 *
 * The first byte says how the rest is cut into frames behind the routing id: 0 is a DEALER's
 * [body], 1 a REQ's ["", body]; otherwise each byte's value ends a frame where it occurs. */
#include "mutate_msgpack.h"

#include <alloc.h>
#include <assert.h>
#include <control/reply.h>
#include <string.h>

enum { DEALER, REQ, SPLIT };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static zmsg_t *make_frames(const uint8_t *data, size_t size)
{
    zmsg_t *frames = zmsg_new();
    uint8_t shape = data[0];
    zmsg_addmem(frames, "\0id", 3);
    data++;
    size--;
    if (shape == REQ)
        zmsg_addmem(frames, "", 0);
    while (shape >= SPLIT) {
        const uint8_t *end = memchr(data, shape, size);
        if (!end)
            break;
        zmsg_addmem(frames, data, (size_t)(end - data));
        size -= (size_t)(end - data) + 1;
        data = end + 1;
    }
    zmsg_addmem(frames, data, size);
    return frames;
}

/* What we send must be a map that we would take ourselves, or an object of JSON. */
static void check_body(zmq_msg_t *body)
{
    struct ph_error err;
    const char *bytes = zmq_msg_data(body);
    size_t size = zmq_msg_size(body);
    assert(size > 0);
    if (bytes[0] == '{') {
        assert(bytes[size - 1] == '}');
    } else {
        ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(bytes, size, &err);
        assert(message);
    }
    zmq_msg_close(body);
}

static void check_reply(const request_t *request, const ph_writer_t *fields)
{
    zmq_msg_t body;
    reply_make(request, "epoch", fields, &body);
    check_body(&body);
}

static void check_error(const request_t *request, const struct ph_error *err)
{
    zmq_msg_t body;
    reply_make_error(request, "epoch", err, &body);
    check_body(&body);
}

/* Has the frames come in as a ROUTER would have them. */
static request_t *receive(zmsg_t *frames)
{
    static zsock_t *ours, *theirs;
    if (!ours) {
        ours = zsock_new_pair("@inproc://fuzz");
        theirs = zsock_new_pair(">inproc://fuzz");
    }
    int sent = zmsg_send(&frames, theirs);
    assert(sent == 0);
    return request_receive(zsock_resolve(ours));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    ph_cleanup(request_destroy) request_t *request = receive(make_frames(data, size));
    assert(request);
    struct ph_error err = {0};
    if (request_decode(request, &err) < 0) {
        assert(err.message[0]);
        check_error(request, &err);
        return 0;
    }

    size_t peer_size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "command", request_command(request));
    ph_writer_bool(fields, "is_cast", request_is_cast(request));
    ph_writer_bool(fields, "has_delimiter", request_has_delimiter(request));
    ph_cleanup(ph_freep) char *properties = ph_value_to_json(request_properties(request));
    ph_writer_string(fields, "properties", properties);
    request_peer(request, &peer_size);
    assert(peer_size == 3);
    check_reply(request, fields);
    ph_error_set(&err, PH_INVALID, "'%.100s' is unknown", request_command(request));
    check_error(request, &err);
    return 0;
}

/* The first byte is the shape. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    if (size < 2 || data[0] > REQ)
        return LLVMFuzzerMutate(data, size, max_size);
    return 1 + mutate_msgpack(data + 1, size - 1, max_size - 1, seed);
}
