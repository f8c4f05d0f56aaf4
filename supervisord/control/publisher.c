#include "publisher.h"

#include <alloc.h>
#include <clock.h>
#include <czmq.h>
#include <inttypes.h>
#include <stdlib.h>

/* After a second without events the allowance is whole again, as that of a new one. */
enum { IDLE_MS = 5000, SWEEP_FROM = 1000, COMPLAIN_EVERY_MS = 1000 };

struct publishers {
    int64_t rate;
    ph_log_t *log;
    zhashx_t *by_key;
    size_t sweep_at; /* so many, and those that are idle are forgotten */
};

/* ---- keys ---- */

static size_t hash(const void *item)
{
    const struct publisher_key *key = item;
    if (key->session)
        return (size_t)(uintptr_t)key->session >> 4; /* malloc's alignment tells nothing */
    return key->pid > 0 ? (size_t)key->pid : peer_hash(&key->peer);
}

static int compare(const void *a, const void *b)
{
    const struct publisher_key *first = a, *second = b;
    if (first->session != second->session)
        return first->session < second->session ? -1 : 1;
    if (first->pid != second->pid)
        return first->pid < second->pid ? -1 : 1;
    if (first->uid != second->uid)
        return first->uid < second->uid ? -1 : 1;
    return peer_compare(&first->peer, &second->peer);
}

/* ---- the table ---- */

static void destroy_publisher(void **publisher_p)
{
    struct publisher *publisher = *publisher_p;
    free(publisher->name);
    free(publisher);
    *publisher_p = NULL;
}

publishers_t *publishers_new(int64_t rate, ph_log_t *log)
{
    publishers_t *self = ph_calloc(1, sizeof *self);
    self->rate = rate;
    self->log = log;
    self->by_key = zhashx_new();
    self->sweep_at = SWEEP_FROM;
    zhashx_set_destructor(self->by_key, destroy_publisher);
    zhashx_set_key_hasher(self->by_key, hash);
    zhashx_set_key_comparator(self->by_key, compare);
    zhashx_set_key_duplicator(self->by_key, NULL);
    zhashx_set_key_destructor(self->by_key, NULL);
    return self;
}

void publishers_destroy(publishers_t **self_p)
{
    if (!*self_p)
        return;
    zhashx_destroy(&(*self_p)->by_key);
    free(*self_p);
    *self_p = NULL;
}

/* Nobody says when a client goes. The work is done once in so many new ones: an idle daemon does
 * not wake up for it, and has a bounded number of them. */
static void sweep(publishers_t *self)
{
    int64_t since_ms = ph_clock_ms() - IDLE_MS;
    ph_cleanup(zlistx_destroy) zlistx_t *keys = zhashx_keys(self->by_key);
    for (void *key = zlistx_first(keys); key; key = zlistx_next(keys)) {
        const struct publisher *publisher = zhashx_lookup(self->by_key, key);
        if (publisher && publisher->used_ms < since_ms)
            zhashx_delete(self->by_key, key);
    }
    self->sweep_at = 2 * zhashx_size(self->by_key) + SWEEP_FROM;
}

struct publisher *publishers_find(const publishers_t *self, const struct publisher_key *key)
{
    return zhashx_lookup(self->by_key, key);
}

struct publisher *publishers_add(publishers_t *self, const struct publisher_key *key,
                                 const char *name)
{
    if (zhashx_size(self->by_key) >= self->sweep_at)
        sweep(self);
    struct publisher *publisher = ph_calloc(1, sizeof *publisher);
    *publisher = (struct publisher){.key = *key,
                                    .name = ph_strdup(name),
                                    .allowance = (double)self->rate,
                                    .used_ms = ph_clock_ms()};
    zhashx_insert(self->by_key, &publisher->key, publisher);
    return publisher;
}

void publisher_rename(struct publisher *publisher, const char *name)
{
    char *copy = ph_strdup(name);
    free(publisher->name);
    publisher->name = copy;
}

int publisher_take(const publishers_t *self, struct publisher *publisher, size_t count,
                   struct ph_error *err)
{
    int64_t now = ph_clock_ms();
    if (self->rate > 0) {
        double gained = (double)(now - publisher->used_ms) * (double)self->rate / 1000;
        publisher->allowance += gained;
        if (publisher->allowance > (double)self->rate)
            publisher->allowance = (double)self->rate;
    }
    publisher->used_ms = now;
    if (self->rate > 0 && (int64_t)count > self->rate)
        return ph_error_set(err, PH_INVALID,
                            "%zu events at once are more than the %" PRId64 " a second that "
                            "publish_rate allows",
                            count, self->rate);
    if (self->rate > 0 && publisher->allowance < (double)count)
        return ph_error_set(err, PH_BUSY,
                            "%s publishes more than the %" PRId64 " events a second that "
                            "publish_rate allows",
                            publisher->name, self->rate);
    publisher->allowance -= (double)count;
    return 0;
}

void publisher_complain(const publishers_t *self, struct publisher *publisher,
                        const struct ph_error *err)
{
    int64_t now = ph_clock_ms();
    publisher->refused++;
    if (publisher->told_ms > 0 && now - publisher->told_ms < COMPLAIN_EVERY_MS)
        return;
    ph_log(self->log, PH_LOG_WARNING,
           "%s: %" PRIu64 " request%s to publish %s refused, the last: %s", publisher->name,
           publisher->refused, publisher->refused == 1 ? "" : "s",
           publisher->refused == 1 ? "was" : "were", err->message);
    publisher->told_ms = now;
    publisher->refused = 0;
}
