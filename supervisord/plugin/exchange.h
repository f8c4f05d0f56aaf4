/* exchange.h - requests that were sent to a plugin and wait for their answers, each with a
 * deadline. */
#pragma once

#include "../loop/timers.h"

#include <plughost/value.h>

struct exchange;

/* Takes the answer: the reply's map, or NULL and the error that it is. Both are borrowed. */
typedef void exchange_answer_fn(void *arg, const ph_value_t *reply, const struct ph_error *err);

/* There will be no answer: `why` says so, such as "it died: killed by SIGSEGV"; NULL: its time is
 * over. */
typedef void exchange_lost_fn(void *arg, const char *why);

/* One request, part of its owner. Set the functions, `arg` and `size`, zero the rest. Of the two
 * functions one is called, once, unless exchange_forget comes first. */
struct exchange {
    exchange_answer_fn *on_answer;
    exchange_lost_fn *on_lost;
    void *arg;
    size_t size; /* bytes that its owner keeps for it, for `size` of all */
    int64_t id;  /* of the request; 0: none is under way */
    struct exchanges *owner;
    struct timer timer;
    struct exchange *previous, *next;
};

/* Those of one plugin, in the order in which they were sent. Part of its owner; zero it and set
 * `timers`. */
struct exchanges {
    timers_t *timers;
    struct exchange *first, *last;
    size_t count, size; /* size: of all of them */
    int64_t last_id;
};

/* Begins to wait for the answer to a request that is about to be sent. Returns its id, which no
 * other of these has had. */
int64_t exchange_begin(struct exchanges *owner, struct exchange *exchange, int64_t timeout_ms);

/* No longer waits; nothing happens if it does not. */
void exchange_forget(struct exchange *exchange);

/* Hands a reply over to the exchange whose id it has. Returns false for one that nobody waits for.
 */
bool exchanges_take_reply(struct exchanges *self, const ph_value_t *reply);

/* None of them will be answered. No new ones may be begun meanwhile. */
void exchanges_lose(struct exchanges *self, const char *why);
