#include "endpoint.h"

#include <alloc.h>
#include <stdlib.h>

enum {
    REQUESTS_AT_ONCE = 64, /* then supervision gets its turn, however many are left */
    REST_MAX = 10000,
};

struct endpoint {
    loop_t *loop;
    zsock_t *socket;
    endpoint_request_fn *on_request;
    void *arg;
};

static void send_frames(endpoint_t *self, zmsg_t *frames)
{
    /* A ROUTER never blocks: it drops what is for a peer that is gone or does not read. */
    if (zmsg_send(&frames, self->socket) < 0)
        zmsg_destroy(&frames);
}

/* A REQ that casts cannot go on without a reply: it gets one at once, which tells nothing. What is
 * found out later about the cast goes nowhere. */
static void acknowledge_cast(endpoint_t *self, const request_t *request)
{
    if (request_is_cast(request) && request_has_delimiter(request))
        send_frames(self, request_make_reply(request, NULL));
}

static void take_request(endpoint_t *self, zmsg_t *frames)
{
    struct ph_error err;
    request_t *request = request_new(&frames);
    int outcome = request_decode(request, &err);
    acknowledge_cast(self, request);
    if (outcome < 0) {
        endpoint_refuse(self, &request, &err);
        return;
    }
    self->on_request(self->arg, request);
}

static void on_readable(void *arg)
{
    endpoint_t *self = arg;
    for (int i = 0; i < REQUESTS_AT_ONCE && (zsock_events(self->socket) & ZMQ_POLLIN); i++) {
        zmsg_t *frames = zmsg_recv(self->socket);
        if (!frames)
            return;
        take_request(self, frames);
    }
}

endpoint_t *endpoint_new(loop_t *loop, zsock_t **socket_p, endpoint_request_fn *on_request,
                         void *arg)
{
    endpoint_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->socket = ph_steal(socket_p);
    self->on_request = on_request;
    self->arg = arg;
    loop_watch_socket(loop, self->socket, on_readable, self);
    return self;
}

void endpoint_destroy(endpoint_t **self_p)
{
    endpoint_t *self = *self_p;
    if (!self)
        return;
    loop_forget_socket(self->loop, self->socket);
    zsock_destroy(&self->socket);
    free(self);
    *self_p = NULL;
}

void endpoint_reply(endpoint_t *self, request_t **request_p, const ph_writer_t *fields)
{
    if (!request_is_cast(*request_p))
        send_frames(self, request_make_reply(*request_p, fields));
    request_destroy(request_p);
}

void endpoint_refuse(endpoint_t *self, request_t **request_p, const struct ph_error *error)
{
    if (!request_is_cast(*request_p))
        send_frames(self, request_make_error(*request_p, error));
    request_destroy(request_p);
}

void endpoint_refuse_rest(endpoint_t *self, const struct ph_error *error)
{
    for (int i = 0; i < REST_MAX && (zsock_events(self->socket) & ZMQ_POLLIN); i++) {
        struct ph_error wrong;
        zmsg_t *frames = zmsg_recv(self->socket);
        request_t *request = frames ? request_new(&frames) : NULL;
        if (!request)
            return;
        bool is_good = request_decode(request, &wrong) == 0;
        acknowledge_cast(self, request);
        endpoint_refuse(self, &request, is_good ? error : &wrong);
    }
}

void endpoint_send(endpoint_t *self, const void *identity, size_t identity_size, const void *body,
                   size_t size)
{
    zmsg_t *frames = zmsg_new();
    zmsg_addmem(frames, identity, identity_size);
    zmsg_addmem(frames, body, size);
    send_frames(self, frames);
}
