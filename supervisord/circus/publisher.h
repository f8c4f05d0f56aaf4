/* publisher.h - events as Circus publishes them, in JSON, for those who listen to Circus. */
#pragma once

#include "../event/bus.h"

typedef struct circus_publisher circus_publisher_t;

/* Takes the bound XPUB, sets `*socket_p` to NULL, and publishes there what the bus tells from now
 * on. Both are borrowed. The caller owns the result. Returns NULL and `err` when the socket cannot
 * be watched; it is closed then. */
circus_publisher_t *circus_publisher_new(loop_t *loop, bus_t *bus, zsock_t **socket_p,
                                         struct ph_error *err);

/* Closes the socket once what was published is on its way (at most a second), frees `*self_p` and
 * sets it to NULL. `*self_p` may be NULL. */
void circus_publisher_destroy(circus_publisher_t **self_p);
