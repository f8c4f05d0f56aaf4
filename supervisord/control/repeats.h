/* repeats.h - remembers what was asked, so that who asks again gets the first answer.
 *
 * A client whose connection breaks cannot know whether its request was done. It asks again under
 * the same word and number. */
#pragma once

#include "request.h"

typedef struct repeats repeats_t;

enum {
    REPEATS_MAX = 10000,                /* requests; beyond, the oldest answers are forgotten */
    REPEATS_MAX_BYTES = 64 << 10,       /* of an answer; a larger one is not kept */
    REPEATS_MAX_TOTAL_BYTES = 64 << 20, /* of all answers; the same */
    REPEATS_KEEP_MS = 5 * 60 * 1000     /* since its client was heard of last */
};

enum repeat_kind {
    REPEAT_NEW,       /* it is to be done; it is remembered */
    REPEAT_UNDER_WAY, /* it is being done: the answer goes the way of the newest request */
    REPEAT_ANSWERED,  /* it was done */
};

/* The caller owns the result. */
repeats_t *repeats_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void repeats_destroy(repeats_t **self_p);

/* Takes a request that has a client. `request` is borrowed until repeats_keep. With REPEAT_ANSWERED
 * `*body` and `*size` are the first answer, until the next call. */
enum repeat_kind repeats_look(repeats_t *self, request_t *request, const void **body, size_t *size);

/* The request, which was REPEAT_NEW, is answered; nothing happens for any other. */
void repeats_keep(repeats_t *self, const request_t *request, const void *body, size_t size);
