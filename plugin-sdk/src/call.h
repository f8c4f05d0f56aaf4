/* call.h - one request to the daemon. */
#pragma once

#include "pending.h"
#include "stamp.h"

#include <plughost/value.h>

/* Takes a reply, or NULL and what went wrong. */
typedef void call_reply_fn(void *arg, const ph_value_t *reply, const struct ph_error *err);

/* A request, from when it is sent until its outcome is handed over. */
struct call {
    struct pending pending; /* first: one is the other */
    char *command;
    ph_writer_t *request;
    char epoch[EPOCH_SIZE]; /* of the daemon that was asked; "": not known */
    int timeout_ms;
    bool has_to_be_sent; /* again, when the connection is back */
    bool has_epoch;      /* the request says which daemon was asked: it was sent again before */
    bool is_done;
    ph_message_t *reply;
    struct ph_error *failure; /* when there is no reply */
    call_reply_fn *function;  /* NULL: somebody waits for it */
    void *arg;
    struct call *next_done;
};

/* Frees `*self_p` and sets it to NULL. */
void call_destroy(struct call **self_p);

/* Returns the body of the reply if it is no refusal; else NULL and `err`. */
const ph_value_t *call_answer(const struct call *self, struct ph_error *err);
