#include "endpoint.h"

#include "repeats.h"
#include "reply.h"

#include <alloc.h>
#include <commands.h>
#include <stdlib.h>
#include <string.h>

enum {
    REQUESTS_AT_ONCE = 256, /* then supervision gets its turn, however many are left */
    REST_MAX = 10000,
};

struct endpoint {
    struct endpoint_context context;
    zsock_t *socket;
    repeats_t *repeats;
};

static void *socket_of(const endpoint_t *self)
{
    return zsock_resolve(self->socket);
}

static void send_answer(endpoint_t *self, request_t *request, zmq_msg_t *body)
{
    request_answer(request, socket_of(self), body);
    loop_touch_socket(self->context.loop, self->socket);
}

/* A REQ that casts cannot go on without a reply: it gets one at once, which tells nothing. What is
 * found out later about the cast goes nowhere. */
static void acknowledge_cast(endpoint_t *self, request_t *request)
{
    zmq_msg_t body;
    if (!request_is_cast(request) || !request_has_delimiter(request))
        return;
    reply_make(request, self->context.epoch, NULL, &body);
    send_answer(self, request, &body);
}

/* What is asked again must not be done again. */
static bool is_to_be_remembered(const request_t *request)
{
    if (!request_client(request)[0] || request_is_cast(request))
        return false;
    const struct command_info *info = command_info_find(request_command(request));
    return info && (info->flags & COMMAND_CHANGES);
}

static int check_epoch(const endpoint_t *self, const request_t *request, struct ph_error *err)
{
    const char *epoch = request_epoch(request);
    if (!epoch[0] || strcmp(epoch, self->context.epoch) == 0)
        return 0;
    ph_error_set(
        err, PH_UNAVAILABLE,
        "plughostd was started anew before it answered: whether '%s' was done is not known",
        request_command(request));
    return ph_error_hint(err, "see 'status', and ask again if it was not");
}

/* An answer that was too large to keep is told to be there, without what it said. */
static void answer_again(endpoint_t *self, request_t *request, const void *answer, size_t size)
{
    zmq_msg_t body;
    if (answer) {
        zmq_msg_init_size(&body, size);
        memcpy(zmq_msg_data(&body), answer, size);
    } else {
        reply_make(request, self->context.epoch, NULL, &body);
    }
    send_answer(self, request, &body);
}

/* Returns the request if it is to be done, NULL if it was dealt with. */
static request_t *filter_repeated(endpoint_t *self, request_t *request)
{
    struct ph_error err;
    const void *answer = NULL;
    size_t size = 0;
    if (check_epoch(self, request, &err) < 0) {
        endpoint_refuse(self, &request, &err);
        return NULL;
    }
    enum repeat_kind kind = repeats_look(self->repeats, request, &answer, &size);
    if (kind == REPEAT_NEW)
        return request;
    if (kind == REPEAT_ANSWERED)
        answer_again(self, request, answer, size);
    request_destroy(&request);
    return NULL;
}

static void take_request(endpoint_t *self, request_t *request)
{
    struct ph_error err;
    int outcome = request_decode(request, &err);
    acknowledge_cast(self, request);
    if (outcome < 0) {
        endpoint_refuse(self, &request, &err);
        return;
    }
    if (request_is_reply(request)) {
        self->context.on_reply(self->context.arg, request);
        request_destroy(&request);
        return;
    }
    if (is_to_be_remembered(request))
        request = filter_repeated(self, request);
    if (request)
        self->context.on_request(self->context.arg, request);
}

static bool on_readable(void *arg)
{
    endpoint_t *self = arg;
    for (int i = 0; i < REQUESTS_AT_ONCE; i++) {
        request_t *request = request_receive(socket_of(self));
        if (!request)
            return false;
        take_request(self, request);
    }
    return true;
}

endpoint_t *endpoint_new(const struct endpoint_context *context, zsock_t **socket_p)
{
    endpoint_t *self = ph_calloc(1, sizeof *self);
    self->context = *context;
    self->socket = ph_steal(socket_p);
    self->repeats = repeats_new();
    loop_watch_socket(context->loop, self->socket, on_readable, self);
    return self;
}

void endpoint_destroy(endpoint_t **self_p)
{
    endpoint_t *self = *self_p;
    if (!self)
        return;
    loop_forget_socket(self->context.loop, self->socket);
    repeats_destroy(&self->repeats);
    zsock_destroy(&self->socket);
    free(self);
    *self_p = NULL;
}

/* Sends the one answer and frees the request. */
static void answer(endpoint_t *self, request_t **request_p, zmq_msg_t *body)
{
    if (request_client(*request_p)[0])
        repeats_keep(self->repeats, *request_p, zmq_msg_data(body), zmq_msg_size(body));
    send_answer(self, *request_p, body);
    request_destroy(request_p);
}

void endpoint_reply(endpoint_t *self, request_t **request_p, const ph_writer_t *fields)
{
    zmq_msg_t body;
    if (request_is_cast(*request_p)) {
        request_destroy(request_p);
        return;
    }
    reply_make(*request_p, self->context.epoch, fields, &body);
    answer(self, request_p, &body);
}

void endpoint_refuse(endpoint_t *self, request_t **request_p, const struct ph_error *error)
{
    zmq_msg_t body;
    if (request_is_cast(*request_p)) {
        request_destroy(request_p);
        return;
    }
    reply_make_error(*request_p, self->context.epoch, error, &body);
    answer(self, request_p, &body);
}

void endpoint_refuse_rest(endpoint_t *self, const struct ph_error *error)
{
    request_t *request;
    for (int i = 0; i < REST_MAX && (request = request_receive(socket_of(self))); i++) {
        struct ph_error wrong;
        bool is_good = request_decode(request, &wrong) == 0;
        acknowledge_cast(self, request);
        if (is_good && request_is_reply(request))
            request_destroy(&request);
        else
            endpoint_refuse(self, &request, is_good ? error : &wrong);
    }
}

/* A ROUTER never blocks: it drops what is for a peer that is gone or does not read. */
void endpoint_send(endpoint_t *self, const void *identity, size_t identity_size, const void *body,
                   size_t size)
{
    if (zmq_send(socket_of(self), identity, identity_size, ZMQ_SNDMORE) >= 0)
        zmq_send(socket_of(self), body, size, 0);
    loop_touch_socket(self->context.loop, self->socket);
}
