#include "request.h"

#include "sender.h"

#include <alloc.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>
#include <wire/writer.h>

enum {
    CLIENT_MIN_BYTES = 8,
    CLIENT_MAX_BYTES = 64,
    EPOCH_MAX_BYTES = 64,
    COMMAND_MAX_BYTES = 127, /* more than any name has, and enough to show in an error */
};

struct request {
    zmq_msg_t frames[REQUEST_MAX_FRAMES]; /* the envelope, and the body behind it */
    size_t count;
    size_t envelope_count; /* the routing id, and all up to an empty frame if there is one */
    bool has_body;         /* else the frames make no request */
    bool has_delimiter;

    bool is_json;
    ph_writer_t *packed;    /* what came as JSON */
    struct wire_slice body; /* a map */
    struct wire_slice properties;
    struct wire_slice encoded_id;
    ph_message_t *message;            /* the body; NULL: nobody asked for it */
    ph_message_t *decoded_properties; /* likewise */
    bool is_reply;
    bool is_cast;
    int64_t id;
    int64_t answered;
    char command[COMMAND_MAX_BYTES + 1];
    char client[CLIENT_MAX_BYTES + 1];
    char epoch[EPOCH_MAX_BYTES + 1];

    const void *door;
    void *attachment;
    void (*release_attachment)(void *attachment);
    ph_writer_t *translated; /* properties that took the place of the ones that came */

    bool is_sender_known; /* was looked up */
    struct sender sender;
    char sender_text[64]; /* in words; "": nobody asked for them */
};

/* ---- frames ---- */

/* Receives one more frame of a message. Returns false behind the last. */
static bool receive_frame(request_t *self, void *socket)
{
    if (self->count > 0 && !zmq_msg_more(&self->frames[self->count - 1]))
        return false;
    zmq_msg_t *frame = &self->frames[self->count++];
    zmq_msg_init(frame);
    return zmq_msg_recv(frame, socket, ZMQ_DONTWAIT) >= 0;
}

static void drop_rest(const request_t *self, void *socket)
{
    zmq_msg_t frame;
    bool is_more = zmq_msg_more(&self->frames[self->count - 1]);
    while (is_more) {
        zmq_msg_init(&frame);
        is_more = zmq_msg_recv(&frame, socket, 0) >= 0 && zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
}

/* The envelope is the routing id and, if there is an empty frame, all up to that. */
static void part_frames(request_t *self)
{
    self->envelope_count = 1;
    for (size_t i = 1; i < self->count && !self->has_delimiter; i++) {
        self->has_delimiter = zmq_msg_size(&self->frames[i]) == 0;
        if (self->has_delimiter)
            self->envelope_count = i + 1;
    }
    self->has_body =
        self->count == self->envelope_count + 1 && !zmq_msg_more(&self->frames[self->count - 1]);
}

request_t *request_receive(void *socket)
{
    zmq_msg_t identity;
    zmq_msg_init(&identity);
    if (zmq_msg_recv(&identity, socket, ZMQ_DONTWAIT) < 0) {
        zmq_msg_close(&identity);
        return NULL;
    }
    request_t *self = ph_calloc(1, sizeof *self);
    zmq_msg_init(&self->frames[0]);
    zmq_msg_move(&self->frames[0], &identity);
    self->count = 1;
    while (self->count < REQUEST_MAX_FRAMES && receive_frame(self, socket))
        continue;
    part_frames(self);
    drop_rest(self, socket);
    return self;
}

static void close_frames(zmq_msg_t *frames, size_t count)
{
    for (size_t i = 0; i < count; i++)
        zmq_msg_close(&frames[i]);
}

void request_destroy(request_t **self_p)
{
    request_t *self = *self_p;
    if (!self)
        return;
    close_frames(self->frames, self->count);
    ph_message_destroy(&self->message);
    ph_message_destroy(&self->decoded_properties);
    ph_writer_destroy(&self->packed);
    ph_writer_destroy(&self->translated);
    if (self->release_attachment)
        self->release_attachment(self->attachment);
    free(self);
    *self_p = NULL;
}

/* Both have a body, so what is behind the envelope of this one is moved to behind the new one. */
void request_redirect(request_t *self, request_t *other)
{
    zmq_msg_t body;
    zmq_msg_init(&body);
    zmq_msg_move(&body, &self->frames[self->envelope_count]);
    close_frames(self->frames, self->count);
    for (size_t i = 0; i < other->envelope_count; i++) {
        zmq_msg_init(&self->frames[i]);
        zmq_msg_copy(&self->frames[i], &other->frames[i]);
    }
    self->envelope_count = other->envelope_count;
    self->count = self->envelope_count + 1;
    zmq_msg_init(&self->frames[self->envelope_count]);
    zmq_msg_move(&self->frames[self->envelope_count], &body);
}

/* A ROUTER never blocks: it drops what is for a peer that is gone or does not read. */
void request_answer(request_t *self, void *socket, zmq_msg_t *body)
{
    for (size_t i = 0; i < self->envelope_count; i++) {
        zmq_msg_t frame;
        zmq_msg_init(&frame);
        zmq_msg_copy(&frame, &self->frames[i]);
        if (zmq_msg_send(&frame, socket, ZMQ_SNDMORE) < 0)
            zmq_msg_close(&frame);
    }
    if (zmq_msg_send(body, socket, 0) < 0)
        zmq_msg_close(body);
}

/* ---- reading ---- */

/* Copies a text with a NUL behind it, cut to `room` bytes. Returns false for what is no text, or
 * one with a NUL within. */
static bool copy_text(struct wire_slice value, char *text, size_t room)
{
    size_t size;
    const char *bytes = wire_slice_text(value, &size);
    if (!bytes || memchr(bytes, '\0', size))
        return false;
    if (size > room - 1)
        size = room - 1;
    memcpy(text, bytes, size);
    text[size] = '\0';
    return true;
}

/* What is read of a body at once. */
enum field { COMMAND, STATUS, MSG_TYPE, PROPERTIES, CLIENT, ID, ANSWERED, EPOCH, FIELDS };

static int read_client(request_t *self, const struct wire_pick *fields, struct ph_error *err)
{
    size_t size = 0;
    struct wire_slice client = fields[CLIENT].value;
    if (wire_slice_type(client) == PH_NIL)
        return 0;
    wire_slice_text(client, &size);
    if (size < CLIENT_MIN_BYTES || size > CLIENT_MAX_BYTES ||
        !copy_text(client, self->client, sizeof self->client)) {
        self->client[0] = '\0';
        return ph_error_set(err, PH_INVALID, "'client' is not a word of %d to %d letters",
                            CLIENT_MIN_BYTES, CLIENT_MAX_BYTES);
    }
    self->id = wire_slice_int(self->encoded_id, 0);
    self->answered = wire_slice_int(fields[ANSWERED].value, 0);
    copy_text(fields[EPOCH].value, self->epoch, sizeof self->epoch);
    if (self->id < 1 || self->id == INT64_MAX) /* larger ones are read as that */
        return ph_error_set(err, PH_INVALID,
                            "a request with a 'client' needs an integer 'id', from 1 to 2^63 - 2");
    return 0;
}

static int read_fields(request_t *self, struct ph_error *err)
{
    struct wire_pick fields[FIELDS] = {
        [COMMAND] = WIRE_PICK("command"),   [STATUS] = WIRE_PICK("status"),
        [MSG_TYPE] = WIRE_PICK("msg_type"), [PROPERTIES] = WIRE_PICK("properties"),
        [CLIENT] = WIRE_PICK("client"),     [ID] = WIRE_PICK("id"),
        [ANSWERED] = WIRE_PICK("answered"), [EPOCH] = WIRE_PICK("epoch"),
    };
    wire_slice_pick(self->body, fields, FIELDS);
    struct wire_slice command = fields[COMMAND].value;
    self->encoded_id = fields[ID].value;
    self->is_reply =
        wire_slice_type(command) == PH_NIL && wire_slice_type(fields[STATUS].value) == PH_STRING;
    self->is_cast = wire_slice_is(fields[MSG_TYPE].value, "cast");
    if (self->is_reply)
        return 0;
    if (!copy_text(command, self->command, sizeof self->command))
        return ph_error_set(err, PH_INVALID, "the request has no text 'command'");
    self->properties = fields[PROPERTIES].value;
    enum ph_type type = wire_slice_type(self->properties);
    if (type != PH_MAP && type != PH_NIL)
        return ph_error_set(err, PH_INVALID, "'properties' is not a map");
    return read_client(self, fields, err);
}

static int check_body(request_t *self, const void *data, size_t size, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = REQUEST_MAX_DEPTH,
                                              .max_values = REQUEST_MAX_VALUES};
    if (!self->is_json)
        return wire_check(data, size, &limits, err);
    self->packed = wire_pack_json(data, size, &limits, err);
    return self->packed ? 0 : -1;
}

const void *request_raw(const request_t *self, size_t *size)
{
    const zmq_msg_t *frame = &self->frames[self->envelope_count];
    *size = self->has_body ? zmq_msg_size(frame) : 0;
    return self->has_body ? zmq_msg_data((zmq_msg_t *)(uintptr_t)frame) : "";
}

/* Reads the body as an encoded map. */
static int read_body(request_t *self, struct ph_error *err)
{
    size_t size;
    const void *data = request_raw(self, &size);
    if (check_body(self, data, size, err) < 0)
        return -1;
    if (self->packed)
        data = ph_writer_data(self->packed, &size);
    self->body = (struct wire_slice){data, size}; /* the check has found nothing behind the map */
    return 0;
}

int request_decode(request_t *self, struct ph_error *err)
{
    size_t size;
    const void *data = request_raw(self, &size);
    if (!self->has_body)
        return ph_error_set(err, PH_MALFORMED, "a request has one frame behind the empty one");
    self->is_json = wire_is_json(data, size);
    return read_body(self, err) < 0 ? -1 : read_fields(self, err);
}

/* No JSON text begins with such a byte. */
static bool begins_as_map(const uint8_t *data, size_t size)
{
    return size > 0 && ((data[0] & 0xf0U) == 0x80U || data[0] == 0xde || data[0] == 0xdf);
}

enum { CIRCUS_ID_MAX_BYTES = 4096 };

int request_decode_circus(request_t *self, struct ph_error *err)
{
    struct wire_pick fields[] = {WIRE_PICK("command"), WIRE_PICK("msg_type"),
                                 WIRE_PICK("properties"), WIRE_PICK("id")};
    size_t size;
    if (self->count == 2 && self->has_delimiter) { /* an empty frame alone is an empty body */
        self->envelope_count = 1;
        self->has_delimiter = false;
        self->has_body = true;
    }
    const void *data = request_raw(self, &size);
    self->is_json = !begins_as_map(data, size);
    if (read_body(self, err) < 0)
        return -1;
    wire_slice_pick(self->body, fields, sizeof fields / sizeof fields[0]);
    self->is_cast = wire_slice_is(fields[1].value, "cast");
    self->properties = fields[2].value;
    if (wire_slice_type(self->properties) != PH_MAP)
        self->properties = (struct wire_slice){0};
    if (fields[3].value.size > CIRCUS_ID_MAX_BYTES) /* answers that wait would hold them all */
        return ph_error_set(err, PH_INVALID, "message invalid 'id' is too long");
    self->encoded_id = fields[3].value;
    if (copy_text(fields[0].value, self->command, sizeof self->command))
        return 0;
    return ph_error_set(err, PH_INVALID, "message invalid 'command' is missing");
}

/* ---- what is asked ---- */

bool request_is_reply(const request_t *self)
{
    return self->is_reply;
}

/* What has passed the check can be decoded. */
static const ph_value_t *decode(struct wire_slice map, ph_message_t **message_p)
{
    if (!*message_p && wire_slice_type(map) == PH_MAP)
        *message_p = ph_message_new(map.at, map.size, NULL);
    return ph_message_body(*message_p);
}

const ph_value_t *request_body(request_t *self)
{
    return decode(self->body, &self->message);
}

const char *request_command(const request_t *self)
{
    return self->command;
}

const ph_value_t *request_properties(request_t *self)
{
    return decode(self->properties, &self->decoded_properties);
}

struct wire_slice request_encoded_properties(const request_t *self)
{
    return self->properties;
}

void request_translate(request_t *self, const char *command, ph_writer_t **properties)
{
    size_t size;
    assert(!self->translated && !self->decoded_properties);
    snprintf(self->command, sizeof self->command, "%s", command);
    self->translated = ph_steal(properties);
    const void *data = ph_writer_data(self->translated, &size);
    self->properties = wire_slice_of(data, size);
}

void request_set_door(request_t *self, const void *door)
{
    self->door = door;
}

const void *request_door(const request_t *self)
{
    return self->door;
}

void request_attach(request_t *self, void *attachment, void (*release)(void *attachment))
{
    self->attachment = attachment;
    self->release_attachment = release;
}

void *request_attachment(const request_t *self)
{
    return self->attachment;
}

size_t request_held_bytes(const request_t *self)
{
    size_t size = sizeof *self;
    for (size_t i = 0; i < self->count; i++)
        size += zmq_msg_size(&self->frames[i]);
    if (self->packed)
        size += wire_writer_held_bytes(self->packed);
    if (self->translated)
        size += wire_writer_held_bytes(self->translated);
    if (self->message)
        size += wire_message_held_bytes(self->message);
    if (self->decoded_properties)
        size += wire_message_held_bytes(self->decoded_properties);
    return size;
}

struct wire_slice request_encoded_id(const request_t *self)
{
    return self->encoded_id;
}

bool request_is_json(const request_t *self)
{
    return self->is_json;
}

bool request_is_cast(const request_t *self)
{
    return self->is_cast;
}

bool request_has_delimiter(const request_t *self)
{
    return self->has_delimiter;
}

const char *request_client(const request_t *self)
{
    return self->client;
}

int64_t request_id(const request_t *self)
{
    return self->id;
}

int64_t request_answered(const request_t *self)
{
    return self->answered;
}

const char *request_epoch(const request_t *self)
{
    return self->epoch;
}

/* ---- who asks ---- */

const void *request_peer(request_t *self, size_t *size)
{
    *size = zmq_msg_size(&self->frames[0]);
    return zmq_msg_data(&self->frames[0]);
}

static const struct sender *sender_of(request_t *self)
{
    if (!self->is_sender_known)
        self->sender = sender_read(zmq_msg_gets(&self->frames[self->count - 1], "Peer-Address"));
    self->is_sender_known = true;
    return &self->sender;
}

const char *request_sender(request_t *self)
{
    const struct sender *sender = sender_of(self);
    if (sender->is_told && !self->sender_text[0])
        snprintf(self->sender_text, sizeof self->sender_text, "uid %lu pid %ld",
                 (unsigned long)sender->uid, (long)sender->pid);
    return self->sender_text;
}

pid_t request_sender_pid(request_t *self)
{
    return sender_of(self)->pid;
}

uid_t request_sender_uid(request_t *self)
{
    return sender_of(self)->uid;
}

bool request_sender_is_trusted(request_t *self)
{
    return sender_is_trusted(sender_of(self));
}
