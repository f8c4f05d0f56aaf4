#include "peer.h"

#include <assert.h>
#include <string.h>

void peer_set(struct peer *self, const void *bytes, size_t size)
{
    assert(size <= PEER_MAX_BYTES);
    memcpy(self->bytes, bytes, size);
    self->size = size;
}

/* FNV-1a. */
size_t peer_hash(const struct peer *self)
{
    uint64_t sum = 14695981039346656037U;
    for (size_t i = 0; i < self->size; i++)
        sum = (sum ^ self->bytes[i]) * 1099511628211U;
    return (size_t)sum;
}

int peer_compare(const struct peer *self, const struct peer *other)
{
    if (self->size != other->size)
        return self->size < other->size ? -1 : 1;
    return memcmp(self->bytes, other->bytes, self->size);
}

static size_t hash(const void *key)
{
    return peer_hash(key);
}

static int compare(const void *a, const void *b)
{
    return peer_compare(a, b);
}

zhashx_t *peer_table_new(void)
{
    zhashx_t *table = zhashx_new();
    zhashx_set_key_hasher(table, hash);
    zhashx_set_key_comparator(table, compare);
    zhashx_set_key_duplicator(table, NULL);
    zhashx_set_key_destructor(table, NULL);
    return table;
}
