/* router.h - the daemon's side of a connection, which a test reads and answers by hand. What does
 * not work fails the test. */
#pragma once

#include <plughost/value.h>

enum { ROUTER_WAIT_MS = 5000 }; /* for what must come */

/* A ROUTER, what it heard last, and from whom. */
struct router {
    void *socket;
    char peer[256];
    size_t peer_size;
    ph_message_t *heard;
};

/* Returns a socket of a type that listens there and does not linger, which the caller closes. */
void *bind_socket(void *context, int type, const char *address);

/* Listens. What was heard before stays. */
void router_open(struct router *self, void *context, const char *address);
void router_close(struct router *self);

/* Waits for the next message, which must be a map. */
void router_hear(struct router *self);

/* Returns the value of a key of what was heard last, or NULL. */
const ph_value_t *router_get(const struct router *self, const char *key);

/* Sends a message to who was heard last. */
void router_send(const struct router *self, const ph_writer_t *message);
