#include "requester.h"

#include "call.h"
#include "deadline.h"

#include <alloc.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <wire/writer.h>

enum { CLIENT_WORD_SIZE = 17 };

struct requester {
    connection_t *connection;
    char client[CLIENT_WORD_SIZE];
    char epoch[EPOCH_SIZE];
    struct pending_table pending;
    ph_writer_t *cast; /* the body of the last one */
    struct call *first_done, **last_done_p;
    struct requester_listener listener;
    void *listener_arg;
};

requester_t *requester_new(connection_t *connection, struct ph_error *err)
{
    uint64_t word = 0;
    if (getrandom(&word, sizeof word, 0) != sizeof word) {
        ph_error_sys(err, "cannot get a random number");
        return NULL;
    }
    requester_t *self = ph_calloc(1, sizeof *self);
    snprintf(self->client, sizeof self->client, "%016" PRIx64, word);
    self->connection = connection;
    self->last_done_p = &self->first_done;
    self->cast = ph_writer_new();
    return self;
}

static struct call *take_done(requester_t *self)
{
    struct call *call = self->first_done;
    if (!call)
        return NULL;
    self->first_done = call->next_done;
    if (!self->first_done)
        self->last_done_p = &self->first_done;
    return call;
}

void requester_destroy(requester_t **self_p)
{
    requester_t *self = *self_p;
    if (!self)
        return;
    for (struct call *call; (call = (struct call *)pending_take_first(&self->pending));)
        call_destroy(&call);
    for (struct call *call; (call = take_done(self));)
        call_destroy(&call);
    pending_release(&self->pending);
    ph_writer_destroy(&self->cast);
    free(self);
    *self_p = NULL;
}

void requester_listen(requester_t *self, const struct requester_listener *listener, void *arg)
{
    self->listener = *listener;
    self->listener_arg = arg;
}

/* ---- the end of a request ---- */

/* Functions are called by requester_finish only: never within a call that waits. */
static void finish_call(requester_t *self, struct call *call)
{
    call->is_done = true;
    if (!call->function)
        return;
    *self->last_done_p = call;
    self->last_done_p = &call->next_done;
}

static struct ph_error *fail_call(requester_t *self, struct call *call)
{
    call->failure = ph_calloc(1, sizeof *call->failure);
    finish_call(self, call);
    return call->failure;
}

static void fail_unavailable(requester_t *self, struct call *call)
{
    ph_error_set(fail_call(self, call), PH_UNAVAILABLE,
                 "plughostd at %s went away before it answered '%s'",
                 connection_endpoint(self->connection), call->command);
}

static void expire(requester_t *self)
{
    if (pending_earliest(&self->pending) < 0)
        return;
    int64_t now = ph_clock_ms();
    for (struct call *call; (call = (struct call *)pending_take_due(&self->pending, now));)
        ph_error_set(fail_call(self, call), PH_TIMEOUT, "no answer to '%s' from %s within %g s",
                     call->command, connection_endpoint(self->connection),
                     call->timeout_ms / 1000.0);
}

/* ---- what arrives ---- */

static void take_reply(requester_t *self, ph_message_t **message_p)
{
    const ph_value_t *body = ph_message_body(*message_p);
    const char *epoch = ph_value_string(ph_value_get(body, "epoch"), NULL);
    if (epoch)
        snprintf(self->epoch, sizeof self->epoch, "%s", epoch);
    int64_t id = ph_value_int(ph_value_get(body, "id"), -1);
    struct call *call = (struct call *)pending_take(&self->pending, id);
    if (!call) /* it came too late, or twice */
        return;
    call->reply = ph_steal(message_p);
    finish_call(self, call);
}

/* Stops early once the call that somebody waits for is done: the rest keeps. */
static void receive_until(requester_t *self, const struct call *awaited)
{
    while (!awaited || !awaited->is_done) {
        ph_cleanup(ph_message_destroy) ph_message_t *message = connection_receive(self->connection);
        if (!message)
            return;
        if (!ph_value_get(ph_message_body(message), "command"))
            take_reply(self, &message);
        else if (self->listener.on_request)
            self->listener.on_request(self->listener_arg, &message);
    }
}

/* ---- a lost connection ---- */

static void fail_unknown_epochs(requester_t *self)
{
    struct pending *next;
    for (struct pending *at = self->pending.first; at; at = next) {
        next = at->next;
        struct call *call = (struct call *)at;
        call->has_to_be_sent = true;
        if (call->epoch[0])
            continue;
        pending_take(&self->pending, at->id);
        fail_unavailable(self, call);
    }
}

/* Nobody there means that nobody will answer: whoever waits learns it now. */
static void fail_without_daemon(requester_t *self)
{
    if (self->pending.count == 0 || connection_probe(self->connection, NULL) == 0)
        return;
    for (struct call *call; (call = (struct call *)pending_take_first(&self->pending));)
        fail_unavailable(self, call);
}

static void on_lost(requester_t *self)
{
    receive_until(self, NULL); /* a reply that was sent just before the end counts */
    if (self->listener.on_lost)
        self->listener.on_lost(self->listener_arg);
    fail_unknown_epochs(self);
    fail_without_daemon(self);
}

static void fail_unsent(requester_t *self, struct call *call, const struct ph_error *reason)
{
    pending_take(&self->pending, call->pending.id);
    ph_error_set(fail_call(self, call), PH_UNAVAILABLE,
                 "plughostd at %s went away before it answered '%s', and cannot be asked again: %s",
                 connection_endpoint(self->connection), call->command, reason->message);
}

/* The daemon of another epoch refuses what it is asked again, and says so. */
static void send_again(requester_t *self, struct call *call)
{
    struct ph_error err = {0};
    if (!call->has_to_be_sent)
        return;
    call->has_to_be_sent = false;
    if (!call->has_epoch)
        ph_writer_string(call->request, "epoch", call->epoch);
    call->has_epoch = true;
    if (connection_send(self->connection, call->request, call->command, 0, &err) < 0)
        fail_unsent(self, call, &err);
}

static void on_back(requester_t *self)
{
    struct pending *next;
    if (self->listener.on_back)
        self->listener.on_back(self->listener_arg);
    for (struct pending *at = self->pending.first; at; at = next) {
        next = at->next;
        send_again(self, (struct call *)at);
    }
}

static void look_after_connection(requester_t *self)
{
    for (;;) {
        switch (connection_next_news(self->connection)) {
        case CONNECTION_LOST:
            on_lost(self);
            break;
        case CONNECTION_NOT_YET:
            fail_without_daemon(self);
            break;
        case CONNECTION_BACK:
            on_back(self);
            break;
        default:
            return;
        }
    }
}

/* News come first: see on_lost. */
static void step(requester_t *self, const struct call *awaited)
{
    look_after_connection(self);
    receive_until(self, awaited);
    expire(self);
}

void requester_step(requester_t *self)
{
    step(self, NULL);
}

int64_t requester_deadline(const requester_t *self)
{
    return self->first_done ? 0 : pending_earliest(&self->pending);
}

int requester_check_daemon(requester_t *self, struct ph_error *err)
{
    connection_look(self->connection);
    look_after_connection(self);
    return connection_is_lost(self->connection) ? connection_probe(self->connection, err) : 0;
}

/* ---- waiting ---- */

void requester_begin_wait(requester_t *self, int timeout_ms)
{
    if (self->listener.on_wait)
        self->listener.on_wait(self->listener_arg, timeout_ms);
}

void requester_end_wait(requester_t *self)
{
    if (self->listener.on_wait_end)
        self->listener.on_wait_end(self->listener_arg);
}

/* ---- asking ---- */

static void write_properties(ph_writer_t *body, const ph_writer_t *properties)
{
    if (!properties)
        return;
    ph_writer_map(body, "properties");
    ph_writer_merge(body, properties);
    ph_writer_end(body);
}

static void write_request(requester_t *self, struct call *call, const ph_writer_t *properties)
{
    call->request = ph_writer_new();
    ph_writer_string(call->request, "command", call->command);
    ph_writer_int(call->request, "id", call->pending.id);
    ph_writer_string(call->request, "client", self->client);
    ph_writer_int(call->request, "answered", pending_answered(&self->pending));
    write_properties(call->request, properties);
}

/* Sends a request. Returns NULL and `err` when it was not sent. */
static struct call *begin_call(requester_t *self, const struct requester_async *asked,
                               struct ph_error *err)
{
    if (requester_check_daemon(self, err) < 0) {
        ph_error_prefix(err, "cannot send '%s'", asked->command);
        return NULL;
    }
    struct call *call = ph_calloc(1, sizeof *call);
    call->command = ph_strdup(asked->command);
    call->timeout_ms = asked->timeout_ms;
    call->function = asked->function;
    call->arg = asked->arg;
    call->pending.deadline = deadline_after(asked->timeout_ms);
    memcpy(call->epoch, self->epoch, sizeof call->epoch);
    pending_add(&self->pending, &call->pending);
    write_request(self, call, asked->properties);

    int wait_ms = asked->function ? 0 : asked->timeout_ms;
    if (connection_send(self->connection, call->request, call->command, wait_ms, err) == 0)
        return call;
    pending_undo(&self->pending, &call->pending);
    call_destroy(&call);
    return NULL;
}

ph_message_t *requester_call(requester_t *self, const char *command, const ph_writer_t *properties,
                             int timeout_ms, struct ph_error *err)
{
    struct requester_async asked = {
        .command = command, .properties = properties, .timeout_ms = timeout_ms};
    ph_cleanup(call_destroy) struct call *call = begin_call(self, &asked, err);
    if (!call)
        return NULL;
    requester_begin_wait(self, timeout_ms);
    while (!call->is_done) {
        connection_wait(self->connection, pending_earliest(&self->pending));
        step(self, call);
    }
    requester_end_wait(self);
    return call_answer(call, err) ? ph_steal(&call->reply) : NULL;
}

int requester_call_async(requester_t *self, const struct requester_async *call,
                         struct ph_error *err)
{
    return begin_call(self, call, err) ? 0 : -1;
}

bool requester_finish(requester_t *self, size_t most)
{
    bool are_any = self->first_done != NULL;
    for (; most > 0 && self->first_done; most--) {
        ph_cleanup(call_destroy) struct call *call = take_done(self);
        struct ph_error err = {0};
        const ph_value_t *answer = call_answer(call, &err);
        call->function(call->arg, answer, answer ? NULL : &err);
    }
    return are_any;
}

void requester_give_up(requester_t *self, const struct ph_error *reason)
{
    for (struct call *call; (call = (struct call *)pending_take_first(&self->pending));)
        *fail_call(self, call) = *reason;
    requester_finish(self, SIZE_MAX);
}

ph_writer_t *requester_begin_cast(requester_t *self, const char *command)
{
    ph_writer_clear(self->cast);
    ph_writer_string(self->cast, "command", command);
    ph_writer_string(self->cast, "msg_type", "cast");
    return self->cast;
}

int requester_send_cast(requester_t *self, const char *command, int wait_ms, struct ph_error *err)
{
    return connection_send(self->connection, self->cast, command, wait_ms, err);
}

int requester_cast(requester_t *self, const char *command, const ph_writer_t *properties,
                   int wait_ms, struct ph_error *err)
{
    write_properties(requester_begin_cast(self, command), properties);
    return requester_send_cast(self, command, wait_ms, err);
}

const char *requester_epoch(const requester_t *self)
{
    return self->epoch;
}
