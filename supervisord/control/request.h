/* request.h - one request: what was asked, and the way its one reply has to go.
 *
 * A request is checked as a whole when it comes, and read in place: only what somebody asks for is
 * decoded. */
#pragma once

#include <czmq.h>
#include <wire/slice.h>

typedef struct request request_t;

enum {
    REQUEST_MAX_DEPTH = 32,
    REQUEST_MAX_VALUES = 100000,
    REQUEST_MAX_FRAMES = 8, /* the body included */
};

/* Receives one from a libzmq socket, a ROUTER. The caller owns the result: a message that cannot be
 * read is a request too, since it wants an answer. Returns NULL when none is there. */
request_t *request_receive(void *socket);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void request_destroy(request_t **self_p);

/* Reads the body. Returns 0, or -1 with PH_MALFORMED or PH_INVALID. What follows is for after it.
 */
int request_decode(request_t *self, struct ph_error *err);

/* As request_decode, as Circus reads requests: what does not begin as a msgpack map is JSON,
 * properties that are no map are none, and no sender can ask again. */
int request_decode_circus(request_t *self, struct ph_error *err);

/* Says whether it is a plugin's answer to a request of ours: only its body then means something. */
bool request_is_reply(const request_t *self);

/* Returns the whole body, decoded. */
const ph_value_t *request_body(request_t *self);

/* Returns the name of the command, cut if it is longer than any. */
const char *request_command(const request_t *self);

/* Returns the properties: decoded, a map or NULL; or encoded, none if there are none. Both belong
 * to the request. */
const ph_value_t *request_properties(request_t *self);
struct wire_slice request_encoded_properties(const request_t *self);

/* Replaces its command and its properties by what they mean here. Takes `properties`. */
void request_translate(request_t *self, const char *command, ph_writer_t **properties);

/* Returns the bytes of the body, as they came; "" if there is none. */
const void *request_raw(const request_t *self, size_t *size);

/* Where it came in, and what was made of it there; NULL until they are set. The first is borrowed,
 * the second freed with it by `release`. */
void request_set_door(request_t *self, const void *door);
const void *request_door(const request_t *self);
void request_attach(request_t *self, void *attachment, void (*release)(void *attachment));
void *request_attachment(const request_t *self);

/* Returns about how many bytes of memory it takes as long as it is there: its frames, what JSON was
 * turned into, and what was decoded of it until now. */
size_t request_held_bytes(const request_t *self);

/* Returns the encoded id; none if it has none. */
struct wire_slice request_encoded_id(const request_t *self);

/* Says whether its body is JSON, and so is the answer's. */
bool request_is_json(const request_t *self);

/* Says what the sender may get: a DEALER's cast nothing at all, a REQ's cast an acknowledgement
 * that tells nothing. */
bool request_is_cast(const request_t *self);
bool request_has_delimiter(const request_t *self);

/* Returns the routing id of the peer and its size. */
const void *request_peer(request_t *self, size_t *size);

/* Returns who asks, "uid 1000 pid 4242", as the kernel says; "" where it does not: on tcp://. The
 * text belongs to the request. */
const char *request_sender(request_t *self);

/* Returns the process that asks, or 0; whose it is; and whether it has the rights of this daemon's
 * user. */
pid_t request_sender_pid(request_t *self);
uid_t request_sender_uid(request_t *self);
bool request_sender_is_trusted(request_t *self);

/* Returns the word by which the sender can ask again, and "" if it cannot; then the rest means
 * nothing. The id is from 1; the epoch is "" for who asks the first time. */
const char *request_client(const request_t *self);
int64_t request_id(const request_t *self);
int64_t request_answered(const request_t *self);
const char *request_epoch(const request_t *self);

/* Sends an answer the way that the request came. Takes `body`. It is lost if nobody is there. */
void request_answer(request_t *self, void *socket, zmq_msg_t *body);

/* Has the answer go the way of `other`, which asks the same again. */
void request_redirect(request_t *self, request_t *other);
