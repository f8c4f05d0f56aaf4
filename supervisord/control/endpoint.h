/* endpoint.h - the command sockets: ROUTERs that keep the contract of REP. There is the daemon's
 * own, and there may be one that speaks another dialect. An answer goes out where its request came
 * in. */
#pragma once

#include "../loop/loop.h"
#include "request.h"

typedef struct endpoint endpoint_t;

/* Takes a request that was decoded. It belongs to the function, which answers it once, now or
 * later. */
typedef void endpoint_request_fn(void *arg, request_t *request);

/* What an endpoint works with. All is borrowed. */
struct endpoint_context {
    loop_t *loop;
    const char *epoch; /* this run of the daemon */
    endpoint_request_fn *on_request;
    void (*on_reply)(void *arg, request_t *reply); /* a plugin answers a request of ours */
    void *arg;
};

/* How requests are read at a socket, and how answers are written there: those of request.h and
 * reply.h, or others that mean the same. */
struct endpoint_dialect {
    int (*decode)(request_t *request, struct ph_error *err);
    void (*make_reply)(const request_t *request, const char *epoch, const ph_writer_t *fields,
                       zmq_msg_t *body);
    void (*make_error)(const request_t *request, const char *epoch, const struct ph_error *error,
                       zmq_msg_t *body);
    endpoint_request_fn *on_request; /* with the context's `arg` */
};

/* Takes the bound ROUTER and sets `*socket_p` to NULL. The caller owns the result. Returns NULL and
 * `err` when the socket cannot be watched; it is closed then. */
endpoint_t *endpoint_new(const struct endpoint_context *context, zsock_t **socket_p,
                         struct ph_error *err);

/* Takes one more bound ROUTER, likewise, and serves it in a dialect, which is borrowed. Nobody
 * there is a plugin or can ask again. At most one. Returns 0, or -1 and `err`. */
int endpoint_open(endpoint_t *self, zsock_t **socket_p, const struct endpoint_dialect *dialect,
                  struct ph_error *err);

/* Closes the sockets once what was sent is on its way (at most a second), frees `*self_p` and sets
 * it to NULL. `*self_p` may be NULL. */
void endpoint_destroy(endpoint_t **self_p);

/* Answers a request and destroys it. `fields` may be NULL. A DEALER's cast gets nothing. */
void endpoint_reply(endpoint_t *self, request_t **request_p, const ph_writer_t *fields);
void endpoint_refuse(endpoint_t *self, request_t **request_p, const struct ph_error *error);

/* Refuses what has arrived and was not looked at yet: the daemon ends. Bounded. */
void endpoint_refuse_rest(endpoint_t *self, const struct ph_error *error);

/* Says whether a request came in at the daemon's own socket. */
bool endpoint_is_own(const request_t *request);

/* Sends a body to a peer of the daemon's own socket, unasked. It is lost if the peer is gone. */
void endpoint_send(endpoint_t *self, const void *identity, size_t identity_size, const void *body,
                   size_t size);
