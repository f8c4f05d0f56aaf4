/* requester.h - requests to the daemon and their replies, and what the daemon asks of us.
 *
 * Each request has a number, and each connection a word of its own (protocol.md, "Asking again"):
 * when the connection is lost and comes back, what was not answered is sent again, and the daemon
 * does nothing twice. If nobody listens any more, or if it is not known which run of the daemon was
 * asked, it fails with PH_UNAVAILABLE. */
#pragma once

#include "call.h"
#include "connection.h"

typedef struct requester requester_t;

/* Makes one for a connection, which is borrowed. The caller owns the result. Returns NULL and
 * `err`. */
requester_t *requester_new(connection_t *connection, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. Functions that still wait for a reply are not called. */
void requester_destroy(requester_t **self_p);

/* What somebody may want to know. None of these functions may wait for anything; each may be
 * NULL. */
struct requester_listener {
    /* The daemon asks something of us; `*message_p` may be taken over. */
    void (*on_request)(void *arg, ph_message_t **message_p);
    /* Something is waited for, so long at most; the wait is over. */
    void (*on_wait)(void *arg, int timeout_ms);
    void (*on_wait_end)(void *arg);
    /* The connection is lost; it is there (again), and nothing was sent again yet. */
    void (*on_lost)(void *arg);
    void (*on_back)(void *arg);
};
void requester_listen(requester_t *self, const struct requester_listener *listener, void *arg);

/* As ph_client_call. */
ph_message_t *requester_call(requester_t *self, const char *command, const ph_writer_t *properties,
                             int timeout_ms, struct ph_error *err);

struct requester_async {
    const char *command;
    const ph_writer_t *properties;
    int timeout_ms; /* -1: it may take for ever */
    call_reply_fn *function;
    void *arg;
};

/* Sends a request. Returns 0: requester_finish will call the function, once; or -1 and `err`. */
int requester_call_async(requester_t *self, const struct requester_async *call,
                         struct ph_error *err);

/* Calls the functions of at most `most` requests that were answered or have failed. Returns whether
 * there were any. */
bool requester_finish(requester_t *self, size_t most);

/* Fails all that is not answered, and calls the functions. */
void requester_give_up(requester_t *self, const struct ph_error *reason);

/* For a request that wants no reply: returns its body, which belongs to the requester, and to which
 * `properties` are to be added; the second sends it. They come in floods: it is the same each time.
 */
ph_writer_t *requester_begin_cast(requester_t *self, const char *command);
int requester_send_cast(requester_t *self, const char *command, int wait_ms, struct ph_error *err);

/* Sends a request that wants no reply; waits up to `wait_ms` for room. */
int requester_cast(requester_t *self, const char *command, const ph_writer_t *properties,
                   int wait_ms, struct ph_error *err);

/* Takes what has arrived, looks after deadlines, and after the connection as far as connection_wait
 * or connection_look has noticed something. Waits for nothing. */
void requester_step(requester_t *self);

/* Returns when requester_step must be called at the latest, -1: only when something arrives. */
int64_t requester_deadline(const requester_t *self);

/* Tell the listener of a wait that is none for a reply. */
void requester_begin_wait(requester_t *self, int timeout_ms);
void requester_end_wait(requester_t *self);

/* Fails with PH_UNAVAILABLE if the connection is lost and nobody listens at the endpoint. */
int requester_check_daemon(requester_t *self, struct ph_error *err);

/* Returns the run of the daemon that answered last, "" before that. It holds over a loss: what is
 * asked again with it is refused by any other daemon. */
const char *requester_epoch(const requester_t *self);
