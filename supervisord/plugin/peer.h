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

/* For tables. The order of two peers means nothing else; 0: they are the same. */
size_t peer_hash(const struct peer *self);
int peer_compare(const struct peer *self, const struct peer *other);

/* Returns a table whose keys are `struct peer *`, which must be part of the value: nothing is
 * copied or freed. The caller owns the result. */
zhashx_t *peer_table_new(void);
