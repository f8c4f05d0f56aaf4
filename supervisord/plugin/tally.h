/* tally.h - counts the events that one plugin has subscribed to, so that it can know what it
 * missed.
 *
 * A subscription begins and ends between two events, here and in the plugin alike: both count the
 * same, and a lower count there is a loss. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TALLY_MAX_PREFIXES = 1000,
    TALLY_MAX_PREFIX_BYTES = 4096, /* as for a subscription of a SUB socket */
    TALLY_MARK_EVERY = 500,
};

struct tally_prefix {
    char *text;
    size_t size;
};

/* Part of its owner; zero it. */
struct tally {
    struct tally_prefix *prefixes;
    size_t count;
    uint64_t expected; /* events so far */
};

void tally_release(struct tally *self);

/* Counts those with this prefix as well, or no longer. A prefix that is counted already changes
 * nothing. Return 0, or -1 with PH_BUSY, PH_INVALID, PH_NOT_FOUND. */
int tally_add(struct tally *self, const char *prefix, struct ph_error *err);
int tally_remove(struct tally *self, const char *prefix, struct ph_error *err);

/* Takes an event. Returns true when a mark is due: after each TALLY_MARK_EVERY that count. */
bool tally_count(struct tally *self, const char *topic, size_t size);
