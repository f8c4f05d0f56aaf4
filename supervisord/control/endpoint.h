/* endpoint.h - the command socket: a ROUTER that keeps the contract of REP. */
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

/* Takes the bound ROUTER and sets `*socket_p` to NULL. The caller owns the result. */
endpoint_t *endpoint_new(const struct endpoint_context *context, zsock_t **socket_p);

/* Closes the socket once what was sent is on its way (at most a second), frees `*self_p` and sets
 * it to NULL. `*self_p` may be NULL. */
void endpoint_destroy(endpoint_t **self_p);

/* Answers a request and destroys it. `fields` may be NULL. A DEALER's cast gets nothing. */
void endpoint_reply(endpoint_t *self, request_t **request_p, const ph_writer_t *fields);
void endpoint_refuse(endpoint_t *self, request_t **request_p, const struct ph_error *error);

/* Refuses what has arrived and was not looked at yet: the daemon ends. Bounded. */
void endpoint_refuse_rest(endpoint_t *self, const struct ph_error *error);

/* Sends a body to a peer, unasked. It is lost if the peer is gone. */
void endpoint_send(endpoint_t *self, const void *identity, size_t identity_size, const void *body,
                   size_t size);
