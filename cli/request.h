/* request.h - the words that are one request to the daemon. */
#pragma once

#include "word.h"

/* Sends the command of the table that the word names and prints the reply in its own form. Returns
 * 0, or -1 with `err` filled. */
int request_command(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);

/* Sends the command that the first argument names and prints the reply field by field. Returns 0,
 * or -1 with `err` filled. */
int request_call(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);

/* As request_call, without an answer. */
int request_cast(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
