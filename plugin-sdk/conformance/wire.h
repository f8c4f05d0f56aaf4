/* wire.h - frames on the two sockets, and bodies in msgpack or JSON. */
#pragma once

#include <plughost/plughost.h>

enum { WIRE_MAX_FRAMES = 8 };

/* One message of several frames. Zero it before the first use. */
struct frames {
    char *data[WIRE_MAX_FRAMES]; /* each with a NUL behind it */
    size_t sizes[WIRE_MAX_FRAMES];
    size_t count; /* frames beyond the last one are dropped, and counted */
};

/* Takes a message from a socket, if there is one. Returns false if there is none. */
bool frames_receive(struct frames *self, void *socket);

/* Frees the frames; the struct is zeroed. */
void frames_release(struct frames *self);

/* Sends a frame; `has_more`: another one of the same message follows. What cannot be sent is
 * dropped, as it is for a peer that is gone. */
void frames_send(void *socket, const void *data, size_t size, bool has_more);

/* Decodes a body, whose first byte tells its encoding, and sets `*is_json`.
 * The caller owns the result. Returns NULL with PH_MALFORMED. */
ph_message_t *body_decode(const void *data, size_t size, bool *is_json, struct ph_error *err);

/* Returns a map as one line of JSON, which the caller frees. */
char *body_to_json(const ph_writer_t *body);
