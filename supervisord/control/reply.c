#include "reply.h"

#include <alloc.h>
#include <clock.h>
#include <string.h>
#include <wire/writer.h>

static ph_writer_t *begin(const request_t *request, const char *epoch, const char *status)
{
    ph_writer_t *reply = request_is_json(request) ? wire_writer_new_json() : ph_writer_new();
    wire_write_slice(reply, "id", request_encoded_id(request));
    ph_writer_string(reply, "status", status);
    ph_writer_float(reply, "time", ph_clock_wall());
    if (request_client(request)[0])
        ph_writer_string(reply, "epoch", epoch);
    return reply;
}

static void fill(zmq_msg_t *body, const ph_writer_t *reply)
{
    size_t size;
    const void *data = ph_writer_data(reply, &size);
    zmq_msg_init_size(body, size);
    memcpy(zmq_msg_data(body), data, size);
}

void reply_make(const request_t *request, const char *epoch, const ph_writer_t *fields,
                zmq_msg_t *body)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = begin(request, epoch, "ok");
    ph_writer_merge(reply, fields);
    fill(body, reply);
}

/* Circus's numbers for kinds of errors. */
static int circus_errno(enum ph_code code)
{
    switch (code) {
    case PH_OK:
        return 0;
    case PH_MALFORMED:
        return 1;
    case PH_UNKNOWN_COMMAND:
        return 2;
    case PH_INVALID:
    case PH_NOT_FOUND:
    case PH_DENIED:
    case PH_INCOMPATIBLE:
        return 3;
    case PH_SYSTEM:
        return 4;
    case PH_CONFLICT:
    case PH_BUSY:
    case PH_TIMEOUT:
    case PH_UNAVAILABLE:
    case PH_INTERNAL:
        return 5;
    }
    return 5;
}

void reply_make_error(const request_t *request, const char *epoch, const struct ph_error *error,
                      zmq_msg_t *body)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = begin(request, epoch, "error");
    ph_writer_string(reply, "reason", error->message);
    ph_writer_string(reply, "code", ph_code_name(error->code));
    ph_writer_int(reply, "errno", circus_errno(error->code));
    if (error->hint[0])
        ph_writer_string(reply, "hint", error->hint);
    fill(body, reply);
}
