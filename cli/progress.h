/* progress.h - what is seen of a command that takes long. */
#pragma once

#include "word.h"

/* Sends the command of an invocation with --wait, and waits for the reply, as ph_client_call does.
 * What takes over a second is shown on stderr meanwhile: how the watchers are that it is about. */
ph_message_t *progress_call(const struct invocation *invocation, ph_client_t *client,
                            struct ph_error *err);
