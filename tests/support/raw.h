/* raw.h - a socket of plain libzmq: what somebody without libplughost would send. */
#pragma once

#include <plughost/value.h>
#include <zmq.h>

typedef struct raw raw_t;

/* Connects a socket of that type, such as ZMQ_DEALER. The caller owns the result. */
raw_t *raw_new(const char *endpoint, int type);

/* Closes the socket, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void raw_destroy(raw_t **self_p);

/* Returns the libzmq socket. */
void *raw_socket(const raw_t *self);

/* Returns a socket that tells what becomes of the connections of this one, as
 * zmq_socket_monitor does; the caller closes it first. */
void *raw_monitor(raw_t *self);

/* Sends one frame; `flags` are libzmq's. */
void raw_send(raw_t *self, const void *data, size_t size, int flags);
void raw_send_text(raw_t *self, const char *text, int flags);
void raw_send_map(raw_t *self, const ph_writer_t *map, int flags);

/* Receives one frame, which the caller frees; there is a NUL behind it. Returns NULL when the time
 * is over. */
char *raw_receive(raw_t *self, size_t *size, int timeout_ms);

/* Says whether the frame that was received last is followed by another. */
bool raw_has_more(const raw_t *self);

/* Receives a reply in msgpack and skips what stands before it. The test fails when there is none in
 * time. */
ph_message_t *raw_receive_map(raw_t *self, int timeout_ms);

/* Sends a ping and checks the answer, the next thing that comes back. */
void raw_expect_pong(raw_t *self);

/* Returns a text or a number of a reply; "" or -1 if there is none. */
const char *reply_text(const ph_message_t *reply, const char *key);
int64_t reply_number(const ph_message_t *reply, const char *key);
