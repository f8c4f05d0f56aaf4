#include "request.h"

#include <alloc.h>
#include <clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CLIENT_MIN_BYTES = 8, CLIENT_MAX_BYTES = 64 };

struct request {
    zmsg_t *envelope; /* the frames that stand before the body */
    zframe_t *body;   /* NULL: the frames make no request */
    bool has_delimiter;
    bool is_json;
    ph_message_t *message;
    ph_writer_t *packed; /* the properties of a request in JSON; NULL: nobody asked for them */
    char sender[64];
    pid_t pid; /* of the sender; 0: not known */
    uid_t uid;
};

static bool is_empty(zframe_t *frame)
{
    return zframe_size(frame) == 0;
}

/* Moves the envelope over: the routing id and, if there is an empty frame, all up to that. */
static void take_envelope(request_t *self, zmsg_t *frames)
{
    zframe_t *frame = zmsg_first(frames);
    while (frame && !self->has_delimiter) {
        self->has_delimiter = is_empty(frame);
        frame = zmsg_next(frames);
    }
    do {
        frame = zmsg_pop(frames);
        bool is_last = !self->has_delimiter || is_empty(frame);
        zmsg_append(self->envelope, &frame);
        if (is_last)
            return;
    } while (zmsg_size(frames) > 0);
}

/* Reads a number and the ':' behind it, if it is not the last. Returns false when there is none. */
static bool take_number(const char **at, bool is_last, unsigned long *number)
{
    char *end;
    *number = strtoul(*at, &end, 10);
    bool is_number = end != *at && *end == (is_last ? '\0' : ':');
    *at = end + !is_last;
    return is_number;
}

/* Of the peer of a Unix socket libzmq says "localhost:UID:GID:PID". */
static void take_sender(request_t *self, zframe_t *frame)
{
    static const char prefix[] = "localhost:";
    const char *at = zframe_meta(frame, "Peer-Address");
    unsigned long uid, gid, pid;
    if (!at || strncmp(at, prefix, sizeof prefix - 1) != 0)
        return;
    at += sizeof prefix - 1;
    if (take_number(&at, false, &uid) && take_number(&at, false, &gid) &&
        take_number(&at, true, &pid)) {
        snprintf(self->sender, sizeof self->sender, "uid %lu pid %lu", uid, pid);
        self->uid = (uid_t)uid;
        self->pid = (pid_t)pid;
    }
}

request_t *request_new(zmsg_t **frames_p)
{
    request_t *self = ph_calloc(1, sizeof *self);
    zmsg_t *frames = *frames_p;
    self->envelope = zmsg_new();
    take_envelope(self, frames);
    if (zmsg_size(frames) == 1)
        self->body = zmsg_pop(frames);
    if (self->body)
        take_sender(self, self->body);
    zmsg_destroy(frames_p);
    return self;
}

void request_destroy(request_t **self_p)
{
    request_t *self = *self_p;
    if (!self)
        return;
    zmsg_destroy(&self->envelope);
    zframe_destroy(&self->body);
    ph_message_destroy(&self->message);
    ph_writer_destroy(&self->packed);
    free(self);
    *self_p = NULL;
}

static const ph_value_t *field(const request_t *self, const char *key)
{
    return ph_value_get(ph_message_body(self->message), key);
}

static int check_client(const request_t *self, struct ph_error *err)
{
    const ph_value_t *client = field(self, "client");
    if (ph_value_type(client) == PH_NIL)
        return 0;
    const char *word = ph_value_type(client) == PH_STRING ? ph_value_string(client, "") : "";
    size_t size = ph_value_size(client);
    if (size < CLIENT_MIN_BYTES || size > CLIENT_MAX_BYTES || strlen(word) != size)
        return ph_error_set(err, PH_INVALID, "'client' is not a word of %d to %d letters",
                            CLIENT_MIN_BYTES, CLIENT_MAX_BYTES);
    if (ph_value_int(field(self, "id"), 0) < 1)
        return ph_error_set(err, PH_INVALID,
                            "a request with a 'client' needs an integer 'id' from 1");
    return 0;
}

static int check(const request_t *self, struct ph_error *err)
{
    const ph_value_t *command = field(self, "command");
    if (request_is_reply(self))
        return 0;
    if (ph_value_type(command) != PH_STRING ||
        strlen(ph_value_string(command, "")) != ph_value_size(command))
        return ph_error_set(err, PH_INVALID, "the request has no text 'command'");
    enum ph_type type = ph_value_type(field(self, "properties"));
    if (type != PH_MAP && type != PH_NIL)
        return ph_error_set(err, PH_INVALID, "'properties' is not a map");
    return check_client(self, err);
}

int request_decode(request_t *self, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = REQUEST_MAX_DEPTH,
                                              .max_values = REQUEST_MAX_VALUES};
    if (!self->body)
        return ph_error_set(err, PH_MALFORMED, "a request has one frame behind the empty one");
    const char *data = (const char *)zframe_data(self->body);
    size_t size = zframe_size(self->body);
    self->is_json = wire_is_json(data, size);
    self->message = self->is_json ? wire_decode_json(data, size, &limits, err)
                                  : wire_decode(data, size, &limits, err);
    return self->message ? check(self, err) : -1;
}

bool request_is_reply(const request_t *self)
{
    return ph_value_type(field(self, "command")) == PH_NIL &&
           ph_value_type(field(self, "status")) == PH_STRING;
}

const ph_value_t *request_body(const request_t *self)
{
    return ph_message_body(self->message);
}

const char *request_command(const request_t *self)
{
    return ph_value_string(field(self, "command"), "");
}

const ph_value_t *request_properties(const request_t *self)
{
    return field(self, "properties");
}

/* What came as JSON is encoded once more: the decoded message has lost its bytes. */
static struct wire_slice pack_properties(request_t *self)
{
    size_t size;
    if (!self->packed) {
        self->packed = ph_writer_new();
        ph_writer_value(self->packed, "properties", request_properties(self));
    }
    const void *data = ph_writer_data(self->packed, &size);
    return wire_slice_get(wire_slice_of(data, size), "properties");
}

struct wire_slice request_encoded_properties(request_t *self)
{
    if (self->is_json)
        return pack_properties(self);
    struct wire_slice body = wire_slice_of(zframe_data(self->body), zframe_size(self->body));
    return wire_slice_get(body, "properties");
}

bool request_is_cast(const request_t *self)
{
    return strcmp(ph_value_string(field(self, "msg_type"), ""), "cast") == 0;
}

bool request_has_delimiter(const request_t *self)
{
    return self->has_delimiter;
}

const char *request_sender(const request_t *self)
{
    return self->sender;
}

pid_t request_sender_pid(const request_t *self)
{
    return self->pid;
}

bool request_sender_is_trusted(const request_t *self)
{
    return self->pid > 0 && (self->uid == geteuid() || self->uid == 0);
}

const char *request_client(const request_t *self)
{
    return ph_value_string(field(self, "client"), "");
}

int64_t request_id(const request_t *self)
{
    return ph_value_int(field(self, "id"), 0);
}

int64_t request_answered(const request_t *self)
{
    return ph_value_int(field(self, "answered"), 0);
}

const char *request_epoch(const request_t *self)
{
    return ph_value_string(field(self, "epoch"), NULL);
}

const void *request_peer(const request_t *self, size_t *size)
{
    zframe_t *identity = zmsg_first(self->envelope);
    *size = zframe_size(identity);
    return zframe_data(identity);
}

/* ---- replies ---- */

static ph_writer_t *begin_reply(const request_t *self, const char *epoch, const char *status)
{
    ph_writer_t *reply = ph_writer_new();
    ph_writer_value(reply, "id", field(self, "id"));
    ph_writer_string(reply, "status", status);
    ph_writer_float(reply, "time", ph_clock_wall());
    if (request_client(self)[0])
        ph_writer_string(reply, "epoch", epoch);
    return reply;
}

zmsg_t *request_make_same_reply(const request_t *self, const void *body, size_t size)
{
    zmsg_t *frames = zmsg_dup(self->envelope);
    zmsg_addmem(frames, body, size);
    return frames;
}

void request_redirect(request_t *self, const request_t *other)
{
    zmsg_destroy(&self->envelope);
    self->envelope = zmsg_dup(other->envelope);
}

static zmsg_t *enclose(const request_t *self, const ph_writer_t *reply)
{
    size_t size;
    const void *data = ph_writer_data(reply, &size);
    if (!self->is_json)
        return request_make_same_reply(self, data, size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    return request_make_same_reply(self, json, strlen(json));
}

zmsg_t *request_make_reply(const request_t *self, const char *epoch, const ph_writer_t *fields)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = begin_reply(self, epoch, "ok");
    ph_writer_merge(reply, fields);
    return enclose(self, reply);
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

zmsg_t *request_make_error(const request_t *self, const char *epoch, const struct ph_error *error)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = begin_reply(self, epoch, "error");
    ph_writer_string(reply, "reason", error->message);
    ph_writer_string(reply, "code", ph_code_name(error->code));
    ph_writer_int(reply, "errno", circus_errno(error->code));
    if (error->hint[0])
        ph_writer_string(reply, "hint", error->hint);
    return enclose(self, reply);
}
