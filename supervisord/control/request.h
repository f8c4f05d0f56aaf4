/* request.h - one request: what was asked, and the way its one reply has to go. */
#pragma once

#include <czmq.h>
#include <plughost/value.h>

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

/* Makes the frames of a reply, which the caller owns: `fields` (or NULL) with id, status and time,
 * or the error. Both are in the encoding of the request. */
zmsg_t *request_make_reply(const request_t *self, const ph_writer_t *fields);
zmsg_t *request_make_error(const request_t *self, const struct ph_error *error);
