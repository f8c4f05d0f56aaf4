/* pending.h - requests that were sent and are not answered yet: by number, and by the time at which
 * their answers must be there. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* One request. Whoever adds it owns it and puts it at the beginning of a struct of its own. */
struct pending {
    int64_t id;       /* set by pending_add */
    int64_t deadline; /* milliseconds of the monotonic clock; -1: none */
    struct pending *previous, *next, *in_bucket;
};

/* Zero it before the first use. */
struct pending_table {
    struct pending *first, *last; /* in the order of their ids */
    struct pending **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
    int64_t last_id;
    int64_t earliest; /* no deadline is before it; meaningless when there are none */
};

/* Frees what the table holds beside the requests themselves. */
void pending_release(struct pending_table *self);

/* Adds a request and gives it the next id; the first is 1. */
void pending_add(struct pending_table *self, struct pending *request);

/* Takes the request out that was added last, and its id back: it was not sent. */
void pending_undo(struct pending_table *self, struct pending *request);

/* Each takes a request out and returns it, or returns NULL: that with this id; one whose deadline
 * is over; the oldest. */
struct pending *pending_take(struct pending_table *self, int64_t id);
struct pending *pending_take_due(struct pending_table *self, int64_t now);
struct pending *pending_take_first(struct pending_table *self);

/* Returns the largest id up to which no request is here. */
int64_t pending_answered(const struct pending_table *self);

/* Returns a time at which pending_take_due must be called next; -1: none has a deadline. It may be
 * too early. */
int64_t pending_earliest(const struct pending_table *self);
