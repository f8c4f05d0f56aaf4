/* connection.h - the sockets of a client or plugin, and whether the daemon is at their other end.
 *
 * ZeroMQ connects again by itself after a loss, and keeps what is sent meanwhile. */
#pragma once

#include <plughost/value.h>

/* How many messages may wait on either socket: those that we send, and the events that we did not
 * read yet. Beyond that sending waits, and events are lost. */
enum { CONNECTION_QUEUE_MESSAGES = 100000 };

typedef struct connection connection_t;

/* Connects a DEALER as ph_client_new says. */
connection_t *connection_new(const char *endpoint, struct ph_error *err);

/* Closes the sockets, waits up to a second for what is on its way, frees `*self_p`, sets it to
 * NULL. */
void connection_destroy(connection_t **self_p);

const char *connection_endpoint(const connection_t *self);

/* Sends a message, and waits so long for room in the queue; -1 for ever. Returns 0, or -1 with
 * PH_BUSY, or PH_INVALID for one that is too large; `what` names it. */
int connection_send(connection_t *self, const ph_writer_t *message, const char *what, int wait_ms,
                    struct ph_error *err);

/* Returns the next message that is there, or NULL. The caller owns it. */
ph_message_t *connection_receive(connection_t *self);

/* Waits until there may be a message or news, at most until the deadline. */
void connection_wait(connection_t *self, int64_t deadline);

/* What happened to the connection. */
enum connection_news {
    CONNECTION_NO_NEWS,
    CONNECTION_LOST,
    CONNECTION_NOT_YET, /* one more try to connect again has failed */
    CONNECTION_BACK,    /* or there for the first time */
};

/* Returns what happened next, each thing once, as far as connection_wait or connection_look has
 * noticed. */
enum connection_news connection_next_news(connection_t *self);

/* Looks whether there are news, without waiting. */
void connection_look(connection_t *self);

/* Says whether it was lost and is not back, as far as connection_next_news has told. */
bool connection_is_lost(const connection_t *self);

/* Looks whether anybody listens at the endpoint. Returns 0, or -1 with `err` filled. */
int connection_probe(const connection_t *self, struct ph_error *err);

/* Connects a SUB to an address. The connection owns it. Returns NULL with PH_INVALID. */
void *connection_open_sub(connection_t *self, const char *address, struct ph_error *err);

/* For who waits for something else as well: the two descriptors that can be read when there may be
 * messages, or news. Before each wait connection_is_drained must be true: else there may be
 * messages of which the descriptor does not tell. Afterwards connection_note_news is told of the
 * second. */
enum { CONNECTION_MESSAGES, CONNECTION_NEWS, CONNECTION_FDS };
void connection_fds(const connection_t *self, int fds[CONNECTION_FDS]);
bool connection_is_drained(const connection_t *self);
void connection_note_news(connection_t *self);
