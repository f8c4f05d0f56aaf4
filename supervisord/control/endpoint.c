#include "endpoint.h"

#include "repeats.h"
#include "reply.h"

#include <alloc.h>
#include <clock.h>
#include <commands.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* Then supervision gets its turn, however many are left: after so many, or so long. */
    REQUESTS_AT_ONCE = 256,
    REQUESTS_MS = 5,
    REST_MAX = 10000,
};

struct door {
    endpoint_t *endpoint;
    zsock_t *socket;                        /* NULL: it is closed */
    void *handle;                           /* of the socket, for ZeroMQ itself */
    const struct endpoint_dialect *dialect; /* NULL: the daemon's own */
};

enum { OWN, OTHER, DOORS };

struct endpoint {
    struct endpoint_context context;
    struct door doors[DOORS];
    repeats_t *repeats;
};

static const struct door *door_of(const endpoint_t *self, const request_t *request)
{
    const struct door *door = request_door(request);
    return door ? door : &self->doors[OWN];
}

bool endpoint_is_own(const request_t *request)
{
    const struct door *door = request_door(request);
    return !door || !door->dialect;
}

static request_t *receive(const struct door *door)
{
    request_t *request = request_receive(door->handle);
    if (request)
        request_set_door(request, door);
    return request;
}

static void make_reply(const endpoint_t *self, const request_t *request, const ph_writer_t *fields,
                       zmq_msg_t *body)
{
    const struct endpoint_dialect *dialect = door_of(self, request)->dialect;
    (dialect ? dialect->make_reply : reply_make)(request, self->context.epoch, fields, body);
}

static void make_error(const endpoint_t *self, const request_t *request,
                       const struct ph_error *error, zmq_msg_t *body)
{
    const struct endpoint_dialect *dialect = door_of(self, request)->dialect;
    (dialect ? dialect->make_error : reply_make_error)(request, self->context.epoch, error, body);
}

static int decode(const endpoint_t *self, request_t *request, struct ph_error *err)
{
    const struct endpoint_dialect *dialect = door_of(self, request)->dialect;
    return (dialect ? dialect->decode : request_decode)(request, err);
}

static void send_answer(endpoint_t *self, request_t *request, zmq_msg_t *body)
{
    const struct door *door = door_of(self, request);
    request_answer(request, door->handle, body);
    loop_touch_socket(self->context.loop, door->socket);
}

/* A REQ that casts cannot go on without a reply: it gets one at once, which tells nothing. What is
 * found out later about the cast goes nowhere. */
static void acknowledge_cast(endpoint_t *self, request_t *request)
{
    zmq_msg_t body;
    if (!request_is_cast(request) || !request_has_delimiter(request))
        return;
    make_reply(self, request, NULL, &body);
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
        make_reply(self, request, NULL, &body);
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
    const struct endpoint_dialect *dialect = door_of(self, request)->dialect;
    int outcome = decode(self, request, &err);
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
        (dialect ? dialect->on_request : self->context.on_request)(self->context.arg, request);
}

static bool on_readable(void *arg)
{
    const struct door *door = arg;
    int64_t end = ph_clock_ms() + REQUESTS_MS;
    for (int i = 0; i < REQUESTS_AT_ONCE && ph_clock_ms() < end; i++) {
        request_t *request = receive(door);
        if (!request)
            return false;
        take_request(door->endpoint, request);
    }
    return true;
}

static int open_door(endpoint_t *self, size_t which, zsock_t **socket_p,
                     const struct endpoint_dialect *dialect, struct ph_error *err)
{
    struct door *door = &self->doors[which];
    *door = (struct door){self, *socket_p, zsock_resolve(*socket_p), dialect};
    *socket_p = NULL;
    return loop_watch_socket(self->context.loop, door->socket, on_readable, door, err);
}

endpoint_t *endpoint_new(const struct endpoint_context *context, zsock_t **socket_p,
                         struct ph_error *err)
{
    ph_cleanup(endpoint_destroy) endpoint_t *self = ph_calloc(1, sizeof *self);
    self->context = *context;
    self->repeats = repeats_new();
    return open_door(self, OWN, socket_p, NULL, err) < 0 ? NULL : ph_steal(&self);
}

int endpoint_open(endpoint_t *self, zsock_t **socket_p, const struct endpoint_dialect *dialect,
                  struct ph_error *err)
{
    return open_door(self, OTHER, socket_p, dialect, err);
}

static void close_door(endpoint_t *self, struct door *door)
{
    if (!door->socket)
        return;
    loop_forget_socket(self->context.loop, door->socket);
    zsock_destroy(&door->socket);
}

void endpoint_destroy(endpoint_t **self_p)
{
    endpoint_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < DOORS; i++)
        close_door(self, &self->doors[i]);
    repeats_destroy(&self->repeats);
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
    make_reply(self, *request_p, fields, &body);
    answer(self, request_p, &body);
}

void endpoint_refuse(endpoint_t *self, request_t **request_p, const struct ph_error *error)
{
    zmq_msg_t body;
    if (request_is_cast(*request_p)) {
        request_destroy(request_p);
        return;
    }
    make_error(self, *request_p, error, &body);
    answer(self, request_p, &body);
}

static void refuse_rest(endpoint_t *self, const struct door *door, const struct ph_error *error)
{
    request_t *request;
    for (int i = 0; i < REST_MAX && (request = receive(door)); i++) {
        struct ph_error wrong;
        bool is_good = decode(self, request, &wrong) == 0;
        acknowledge_cast(self, request);
        if (is_good && request_is_reply(request))
            request_destroy(&request);
        else
            endpoint_refuse(self, &request, is_good ? error : &wrong);
    }
}

void endpoint_refuse_rest(endpoint_t *self, const struct ph_error *error)
{
    for (size_t i = 0; i < DOORS; i++)
        if (self->doors[i].socket)
            refuse_rest(self, &self->doors[i], error);
}

/* A ROUTER never blocks: it drops what is for a peer that is gone or does not read. */
void endpoint_send(endpoint_t *self, const void *identity, size_t identity_size, const void *body,
                   size_t size)
{
    const struct door *door = &self->doors[OWN];
    if (zmq_send(door->handle, identity, identity_size, ZMQ_SNDMORE) >= 0)
        zmq_send(door->handle, body, size, 0);
    loop_touch_socket(self->context.loop, door->socket);
}
