/* Feeds bytes to the request decoder as the endpoint does, and has the replies made.
 *
 * The first byte says how the rest is cut into frames behind the routing id: 0 is a DEALER's
 * [body], 1 a REQ's ["", body]; otherwise each byte's value ends a frame where it occurs. */
#include <alloc.h>
#include <assert.h>
#include <control/request.h>
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
static void check_reply(zmsg_t *reply)
{
    ph_cleanup(zmsg_destroy) zmsg_t *frames = reply;
    struct ph_error err;
    zframe_t *body = zmsg_last(frames);
    const char *bytes = (const char *)zframe_data(body);
    size_t size = zframe_size(body);
    assert(size > 0);
    if (bytes[0] == '{') {
        assert(bytes[size - 1] == '}');
        return;
    }
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(bytes, size, &err);
    assert(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    zmsg_t *frames = make_frames(data, size);
    ph_cleanup(request_destroy) request_t *request = request_new(&frames);
    struct ph_error err = {0};
    if (request_decode(request, &err) < 0) {
        assert(err.message[0]);
        check_reply(request_make_error(request, "epoch", &err));
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
    check_reply(request_make_reply(request, "epoch", fields));
    ph_error_set(&err, PH_INVALID, "'%.100s' is unknown", request_command(request));
    check_reply(request_make_error(request, "epoch", &err));
    return 0;
}
