/* peer.h - who is at the other end of a connection to the endpoint: its routing id. */
#pragma once

#include <czmq.h>

enum { PEER_MAX_BYTES = 255 }; /* libzmq's own limit */

/* Zeroed, it is nobody. */
struct peer {
    size_t size;
    uint8_t bytes[PEER_MAX_BYTES];
};

/* Copies a routing id. `size` is at most PEER_MAX_BYTES. */
void peer_set(struct peer *self, const void *bytes, size_t size);

/* Returns a table whose keys are `struct peer *`, which must be part of the value: nothing is
 * copied or freed. The caller owns the result. */
zhashx_t *peer_table_new(void);
