#include <alloc.h>
#include <criterion/criterion.h>
#include <plugin/peer.h>
#include <string.h>

TestSuite(peer, .timeout = 20);

static struct peer peer_of(const char *bytes, size_t size)
{
    struct peer peer = {0};
    peer_set(&peer, bytes, size);
    return peer;
}

Test(peer, a_table_tells_routing_ids_apart_by_all_their_bytes)
{
    static const struct {
        const char *bytes;
        size_t size;
    } ids[] = {{"", 0}, {"\0", 1}, {"\0\0", 2}, {"\0a", 2}, {"\0b", 2}, {"a", 1}, {"ab", 2}};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    struct peer peers[COUNT];
    ph_cleanup(zhashx_destroy) zhashx_t *table = peer_table_new();
    for (size_t i = 0; i < COUNT; i++) {
        peers[i] = peer_of(ids[i].bytes, ids[i].size);
        cr_assert_eq(zhashx_insert(table, &peers[i], &peers[i]), 0);
    }
    for (size_t i = 0; i < COUNT; i++) {
        struct peer same = peer_of(ids[i].bytes, ids[i].size);
        cr_expect_eq(zhashx_lookup(table, &same), &peers[i]);
        cr_expect_eq(zhashx_insert(table, &same, &same), -1, "it is there already");
    }
    zhashx_delete(table, &peers[3]);
    struct peer gone = peer_of("\0a", 2), there = peer_of("\0b", 2);
    cr_expect_null(zhashx_lookup(table, &gone));
    cr_expect_eq(zhashx_lookup(table, &there), &peers[4]);
}

Test(peer, the_longest_routing_id_fits)
{
    char bytes[PEER_MAX_BYTES];
    memset(bytes, 'x', sizeof bytes);
    struct peer peer = peer_of(bytes, sizeof bytes), other = peer;
    other.bytes[PEER_MAX_BYTES - 1] = 'y';
    ph_cleanup(zhashx_destroy) zhashx_t *table = peer_table_new();
    zhashx_insert(table, &peer, &peer);
    cr_expect_eq(zhashx_lookup(table, &peer), &peer);
    cr_expect_null(zhashx_lookup(table, &other));
}

Test(peer, what_a_shorter_one_has_left_behind_does_not_count)
{
    struct peer peer = peer_of("longer", 6);
    peer_set(&peer, "x", 1);
    struct peer fresh = peer_of("x", 1);
    ph_cleanup(zhashx_destroy) zhashx_t *table = peer_table_new();
    zhashx_insert(table, &peer, &peer);
    cr_expect_eq(zhashx_lookup(table, &fresh), &peer);
}
