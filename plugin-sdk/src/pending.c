#include "pending.h"

#include <alloc.h>
#include <assert.h>
#include <stdlib.h>

enum { FIRST_BUCKETS = 8 };

static const int64_t never = INT64_MAX;

void pending_release(struct pending_table *self)
{
    free(self->buckets);
    *self = (struct pending_table){0};
}

static struct pending **find_bucket(const struct pending_table *self, int64_t id)
{
    return &self->buckets[(uint64_t)id & (self->bucket_count - 1)];
}

static void put_into_bucket(struct pending_table *self, struct pending *request)
{
    struct pending **bucket = find_bucket(self, request->id);
    request->in_bucket = *bucket;
    *bucket = request;
}

static void grow(struct pending_table *self)
{
    free(self->buckets);
    self->bucket_count = self->bucket_count ? 2 * self->bucket_count : FIRST_BUCKETS;
    self->buckets = ph_calloc(self->bucket_count, sizeof *self->buckets);
    for (struct pending *request = self->first; request; request = request->next)
        put_into_bucket(self, request);
}

static int64_t deadline_of(const struct pending *request)
{
    return request->deadline < 0 ? never : request->deadline;
}

void pending_add(struct pending_table *self, struct pending *request)
{
    if (self->count == self->bucket_count)
        grow(self);
    if (self->count == 0 || deadline_of(request) < self->earliest)
        self->earliest = deadline_of(request);
    self->count++;

    request->id = ++self->last_id;
    request->next = NULL;
    request->previous = self->last;
    if (self->last)
        self->last->next = request;
    else
        self->first = request;
    self->last = request;
    put_into_bucket(self, request);
}

static struct pending *take_out(struct pending_table *self, struct pending *request)
{
    struct pending **link = find_bucket(self, request->id);
    while (*link != request)
        link = &(*link)->in_bucket;
    *link = request->in_bucket;

    if (request->previous)
        request->previous->next = request->next;
    else
        self->first = request->next;
    if (request->next)
        request->next->previous = request->previous;
    else
        self->last = request->previous;
    self->count--;
    return request;
}

void pending_undo(struct pending_table *self, struct pending *request)
{
    assert(request == self->last);
    take_out(self, request);
    self->last_id--;
}

struct pending *pending_take(struct pending_table *self, int64_t id)
{
    if (self->count == 0)
        return NULL;
    struct pending *request = *find_bucket(self, id);
    while (request && request->id != id)
        request = request->in_bucket;
    return request ? take_out(self, request) : NULL;
}

/* Looks at all of them only when one may be due: `earliest` is not kept up when one is taken. */
struct pending *pending_take_due(struct pending_table *self, int64_t now)
{
    if (self->count == 0 || self->earliest > now)
        return NULL;
    int64_t earliest = never;
    for (struct pending *request = self->first; request; request = request->next) {
        if (deadline_of(request) <= now)
            return take_out(self, request);
        if (deadline_of(request) < earliest)
            earliest = deadline_of(request);
    }
    self->earliest = earliest;
    return NULL;
}

struct pending *pending_take_first(struct pending_table *self)
{
    return self->first ? take_out(self, self->first) : NULL;
}

int64_t pending_answered(const struct pending_table *self)
{
    return self->first ? self->first->id - 1 : self->last_id;
}

int64_t pending_earliest(const struct pending_table *self)
{
    return self->count == 0 || self->earliest == never ? -1 : self->earliest;
}
