#include "dialect.h"

#include "command.h"
#include "properties.h"
#include "python.h"

#include <alloc.h>
#include <assert.h>
#include <clock.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>
#include <wire/writer.h>

enum { RAW_MAX_BYTES = 2000 }; /* of a request that is shown in an error */

/* What a request was when it came, kept until it is answered. */
struct original {
    const struct circus_command *command; /* NULL: no such command */
    ph_message_t *properties;             /* NULL: none */
    bool waits;
    bool is_answered; /* by the translation itself */
};

static void original_release(void *attachment)
{
    struct original *self = attachment;
    ph_message_destroy(&self->properties);
    free(self);
}

/* ---- answers ---- */

static void encode(const request_t *request, const ph_writer_t *reply, zmq_msg_t *body)
{
    size_t size;
    const void *data = ph_writer_data(reply, &size);
    ph_cleanup(ph_freep) char *json = NULL;
    if (request_is_json(request))
        data = json = wire_json_of((struct wire_slice){data, size}, WIRE_JSON_PYTHON, &size);
    zmq_msg_init_size(body, size);
    memcpy(zmq_msg_data(body), data, size);
}

/* Writes Circus's fields: those that are there, or those that the table makes of ours. */
static void write_fields(const struct original *original, const ph_writer_t *ours,
                         ph_writer_t *fields)
{
    if (!original || !ours)
        return;
    if (original->is_answered) {
        ph_writer_merge(fields, ours);
        return;
    }
    bool is_bare = original->command->is_in_the_background && !original->waits;
    if (is_bare || !original->command->answer)
        return;
    size_t size;
    const void *data = ph_writer_data(ours, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    const struct circus_answer answer = {.properties = ph_message_body(original->properties),
                                         .waits = original->waits};
    original->command->answer(&answer, ph_message_body(message), fields);
}

static void make_reply(const request_t *request, const char *epoch, const ph_writer_t *ours,
                       zmq_msg_t *body)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    (void)epoch;
    write_fields(request_attachment(request), ours, fields);
    size_t size;
    const void *data = ph_writer_data(fields, &size);
    struct wire_pick status = WIRE_PICK("status");
    wire_slice_pick(wire_slice_of(data, size), &status, 1);
    if (status.value.at) /* the reply's status is the watcher's, and its only field */
        wire_write_slice(reply, "status", status.value);
    else
        ph_writer_string(reply, "status", "ok");
    ph_writer_float(reply, "time", ph_clock_wall());
    if (!status.value.at)
        ph_writer_merge(reply, fields);
    wire_write_slice(reply, "id", request_encoded_id(request));
    encode(request, reply, body);
}

/* Circus's numbers for kinds of errors. */
enum { INVALID_JSON = 1, UNKNOWN_COMMAND, MESSAGE_ERROR, OS_ERROR, COMMAND_ERROR, BAD_DATA };

static int circus_errno(enum ph_code code)
{
    switch (code) {
    case PH_MALFORMED:
        return INVALID_JSON;
    case PH_UNKNOWN_COMMAND:
        return UNKNOWN_COMMAND;
    case PH_INVALID:
    case PH_NOT_FOUND:
    case PH_DENIED:
    case PH_INCOMPATIBLE:
        return MESSAGE_ERROR;
    case PH_SYSTEM:
        return OS_ERROR;
    default:
        return COMMAND_ERROR;
    }
}

/* What Circus finds out while it works is an exception: without `waiting` it shows the request,
 * with it that of a server. The daemon's own state is neither. */
static char *reason_of(const request_t *request, const struct ph_error *error, int *number)
{
    const struct original *original = request_attachment(request);
    bool is_exception = error->code == PH_CONFLICT || error->code == PH_TIMEOUT ||
                        error->code == PH_INTERNAL ||
                        (error->code == PH_INVALID && original && original->command &&
                         original->command->is_all_exceptions);
    *number = circus_errno(error->code);
    if (error->code == PH_MALFORMED)
        return ph_strdup("json invalid");
    if (!is_exception || !original)
        return ph_strdup(error->message);
    if (original->waits && !original->is_answered) {
        *number = BAD_DATA;
        return ph_format("server error: %s", error->message);
    }
    *number = COMMAND_ERROR;
    size_t size;
    const void *raw = request_raw(request, &size);
    ph_cleanup(ph_freep) char *shown = python_repr_bytes(raw, size, RAW_MAX_BYTES);
    return ph_format("command %s: %s", shown, error->message);
}

static void make_error(const request_t *request, const char *epoch, const struct ph_error *error,
                       zmq_msg_t *body)
{
    int number;
    ph_cleanup(ph_freep) char *reason = reason_of(request, error, &number);
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = ph_writer_new();
    (void)epoch;
    ph_writer_string(reply, "status", "error");
    ph_writer_string(reply, "reason", reason);
    ph_writer_nil(reply, "tb");
    ph_writer_float(reply, "time", ph_clock_wall());
    ph_writer_int(reply, "errno", number);
    wire_write_slice(reply, "id", request_encoded_id(request));
    encode(request, reply, body);
}

/* ---- requests ---- */

static struct original *keep_original(request_t *request)
{
    struct original *self = ph_calloc(1, sizeof *self);
    struct wire_slice properties = request_encoded_properties(request);
    if (properties.at)
        self->properties = ph_message_new(properties.at, properties.size, NULL);
    self->command = circus_command_find(request_command(request));
    self->waits = self->command && self->command->is_in_the_background &&
                  circus_truth(ph_value_get(ph_message_body(self->properties), "waiting"));
    request_attach(request, self, original_release);
    return self;
}

static int refuse_unknown(const request_t *request, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *name = python_repr_text(request_command(request));
    return ph_error_set(err, PH_UNKNOWN_COMMAND, "unknown command: %s", name);
}

/* Returns as `prepare` does. */
static int prepare(const struct circus_command *command, struct circus_call *call,
                   struct ph_error *err)
{
    if (circus_properties_translate(command, call, err) < 0)
        return -1;
    return command->prepare ? command->prepare(call, err) : CIRCUS_GO_ON;
}

static void on_request(void *arg, request_t *request)
{
    struct ph_error err;
    supervisor_t *supervisor = arg;
    endpoint_t *endpoint = supervisor_endpoint(supervisor);
    struct original *original = keep_original(request);
    ph_cleanup(ph_writer_destroy) ph_writer_t *translated = ph_writer_new();
    struct circus_call call = {.supervisor = supervisor,
                               .properties = ph_message_body(original->properties),
                               .translated = translated,
                               .reply = supervisor_scratch_reply(supervisor, false)};
    int outcome =
        original->command ? prepare(original->command, &call, &err) : refuse_unknown(request, &err);
    original->is_answered = outcome != CIRCUS_GO_ON;
    if (outcome < 0) {
        endpoint_refuse(endpoint, &request, &err);
    } else if (outcome == CIRCUS_ANSWERED) {
        endpoint_reply(endpoint, &request, call.reply);
    } else {
        assert(original->command); /* an unknown one was refused */
        request_translate(request, original->command->ours, &translated);
        command_run(supervisor, request);
    }
}

const struct endpoint_dialect circus_dialect = {.decode = request_decode_circus,
                                                .make_reply = make_reply,
                                                .make_error = make_error,
                                                .on_request = on_request};
