/* demand.h - waits for the first connection to sockets that nobody accepts from yet. */
#pragma once

#include "../loop/loop.h"
#include "sockets.h"

typedef struct demand demand_t;
typedef void demand_fn(void *arg);

/* Calls `on_demand(arg)` once, when a connection or a datagram waits in one of the sockets of
 * `names`, as sockets_select finds them; sockets with so_reuseport do not count. Nothing is taken
 * from them: whoever is started for it finds the connection. Several may wait for the same sockets.
 * The caller owns the result and may destroy it from the callback. Returns NULL with `err` filled,
 * PH_INVALID if no socket is left to wait for. */
demand_t *demand_new(loop_t *loop, const sockets_t *sockets, const char *const *names,
                     demand_fn *on_demand, void *arg, struct ph_error *err);

/* Stops waiting, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void demand_destroy(demand_t **self_p);
