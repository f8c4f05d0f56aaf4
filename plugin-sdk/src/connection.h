/* connection.h - a DEALER to the endpoint and a SUB to pubsub: what client and plugin have in
 * common. */
#pragma once

#include <plughost/event.h>
#include <stdbool.h>

typedef struct connection connection_t;

/* Connects as ph_client_new says. */
connection_t *connection_new(const char *endpoint, struct ph_error *err);

/* Closes the sockets, waits up to a second for what is on its way, frees `*self_p`, sets it to
 * NULL. */
void connection_destroy(connection_t **self_p);

const char *connection_endpoint(const connection_t *self);

/* Names the function that takes requests of the daemon to us, whenever one arrives. */
typedef void connection_request_fn(void *arg, const char *command);
void connection_on_request(connection_t *self, connection_request_fn *function, void *arg);

/* As ph_client_call and ph_client_cast. */
ph_message_t *connection_call(connection_t *self, const char *command,
                              const ph_writer_t *properties, int timeout_ms, struct ph_error *err);
int connection_cast(connection_t *self, const char *command, const ph_writer_t *properties,
                    struct ph_error *err);

/* Takes what has arrived on the DEALER, without waiting. */
void connection_read(connection_t *self);

/* As ph_client_subscribe. `pubsub` is the address to connect to first, NULL: ask the daemon. */
int connection_subscribe(connection_t *self, const char *pubsub, const char *prefix, int timeout_ms,
                         struct ph_error *err);

/* Waits until everything that was published before is here: the events are kept for
 * connection_next_event, and connection_has_event says whether there are any. Returns as
 * connection_subscribe. */
int connection_sync(connection_t *self, int timeout_ms, struct ph_error *err);

/* Returns the next event that is there already, or NULL. */
ph_event_t *connection_next_event(connection_t *self);

/* Says whether an event was kept while its receiver waited for something else. */
bool connection_has_event(const connection_t *self);

/* Says whether the daemon was lost since the last call. ZeroMQ connects again by itself. */
bool connection_was_lost(connection_t *self);

/* Says whether the daemon was lost and has not said anything since. */
bool connection_is_gone(connection_t *self);

/* The ZeroMQ sockets, to be polled for input. The monitor has it when the daemon may be lost; the
 * SUB is NULL before the first subscription. */
void *connection_dealer(const connection_t *self);
void *connection_monitor(const connection_t *self);
void *connection_sub(const connection_t *self);
