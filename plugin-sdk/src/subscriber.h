/* subscriber.h - the SUB socket: subscriptions that are known to be active, and the events. */
#pragma once

#include "requester.h"

#include <plughost/event.h>

typedef struct subscriber subscriber_t;

/* Makes one without a socket yet. Both are borrowed. The caller owns the result. */
subscriber_t *subscriber_new(connection_t *connection, requester_t *requester);

/* Frees `*self_p`, with the events that wait, and sets it to NULL. The socket is the
 * connection's. */
void subscriber_destroy(subscriber_t **self_p);

/* Connects to where the daemon publishes, unless it was done. `address` NULL: the daemon is
 * asked. */
int subscriber_open(subscriber_t *self, const char *address, int timeout_ms, struct ph_error *err);

/* Begin and end a subscription, without a word on when that is in force. */
void subscriber_add(subscriber_t *self, const char *prefix);
void subscriber_remove(subscriber_t *self, const char *prefix);

/* Waits until all that was added is active, and all that was published before is here: it is kept
 * for subscriber_next. Returns 0, or -1 with PH_TIMEOUT or PH_UNAVAILABLE. */
int subscriber_sync(subscriber_t *self, int timeout_ms, struct ph_error *err);

/* Returns the next event that is there already, or NULL. Markers of others come as well, see
 * event_is_numbered. The caller owns it. */
ph_event_t *subscriber_next(subscriber_t *self);

/* Says whether events were kept while something else was waited for. */
bool subscriber_has_kept(const subscriber_t *self);

/* Waits until there may be an event or news of the connection, at most until the deadline. Returns
 * 0, or -1 with errno EINTR. */
int subscriber_wait(subscriber_t *self, int64_t deadline);

/* Says whether there is a socket. */
bool subscriber_is_open(const subscriber_t *self);

/* For who waits for something else as well: the descriptor that can be read when there may be
 * events, -1 if there is none. Before each wait subscriber_is_drained must be true. */
int subscriber_fd(const subscriber_t *self);
bool subscriber_is_drained(const subscriber_t *self);
