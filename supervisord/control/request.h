/* request.h - one request: what was asked, and the way its one reply has to go. */
#pragma once

#include <czmq.h>
#include <wire/slice.h>

typedef struct request request_t;

enum {
    REQUEST_MAX_DEPTH = 32,
    REQUEST_MAX_VALUES = 100000,
};

/* Takes the frames that a ROUTER received. The caller owns the result, which is never NULL: a
 * message that cannot be read is a request too, since it wants an answer. */
request_t *request_new(zmsg_t **frames_p);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void request_destroy(request_t **self_p);

/* Reads the body. Returns 0, or -1 with PH_MALFORMED or PH_INVALID. */
int request_decode(request_t *self, struct ph_error *err);

/* Says whether it is a plugin's answer to a request of ours: the rest below is then not for it. */
bool request_is_reply(const request_t *self);
const ph_value_t *request_body(const request_t *self);

/* Returns the encoded properties, which belong to the request; none if there are none. */
struct wire_slice request_encoded_properties(request_t *self);

const char *request_command(const request_t *self);          /* after request_decode */
const ph_value_t *request_properties(const request_t *self); /* a map, or NULL */

/* Says what the sender may get: a DEALER's cast nothing at all, a REQ's cast an acknowledgement
 * that tells nothing. */
bool request_is_cast(const request_t *self);
bool request_has_delimiter(const request_t *self);

/* Returns the routing id of the peer and its size. */
const void *request_peer(const request_t *self, size_t *size);

/* Returns who asks, "uid 1000 pid 4242", as the kernel says; "" where it does not: on tcp://. The
 * text belongs to the request. */
const char *request_sender(const request_t *self);

/* Returns the process that asks, or 0; and whether it has the rights of this daemon's user. */
pid_t request_sender_pid(const request_t *self);
bool request_sender_is_trusted(const request_t *self);

/* Returns the word by which the sender can ask again, and "" if it cannot; then the rest means
 * nothing. The id is from 1; the epoch is NULL for who asks the first time. */
const char *request_client(const request_t *self);
int64_t request_id(const request_t *self);
int64_t request_answered(const request_t *self);
const char *request_epoch(const request_t *self);

/* Makes the frames of a reply, which the caller owns: `fields` (or NULL) with id, status and time,
 * or the error; `epoch` is told to those that can ask again. Both are in the encoding of the
 * request. */
zmsg_t *request_make_reply(const request_t *self, const char *epoch, const ph_writer_t *fields);
zmsg_t *request_make_error(const request_t *self, const char *epoch, const struct ph_error *error);

/* Has the reply go the way of `other`, which asks the same again. */
void request_redirect(request_t *self, const request_t *other);

/* Makes the frames of a reply whose body is known already. */
zmsg_t *request_make_same_reply(const request_t *self, const void *body, size_t size);
