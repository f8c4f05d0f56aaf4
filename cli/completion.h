/* completion.h - the words by which a shell completes command lines. */
#pragma once

#include "word.h"

/* Prints the script for a shell. Returns 0, or -1 with PH_INVALID when there is none for it. */
int completion_run(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);

/* Prints what can stand in place of the last argument, behind the others: one to a line, with a tab
 * and its summary where there is one. Returns 0, or -1 with `err` filled. */
int completion_list(const struct invocation *invocation, ph_client_t *client, struct ph_error *err);
