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
static size_t hash(const void *key)
{
    const struct peer *peer = key;
    uint64_t sum = 14695981039346656037U;
    for (size_t i = 0; i < peer->size; i++)
        sum = (sum ^ peer->bytes[i]) * 1099511628211U;
    return (size_t)sum;
}

static int compare(const void *a, const void *b)
{
    const struct peer *first = a, *second = b;
    if (first->size != second->size)
        return first->size < second->size ? -1 : 1;
    return memcmp(first->bytes, second->bytes, first->size);
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
