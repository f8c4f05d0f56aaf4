/* circus_call.h - a request as circusctl sends it: in JSON, with no more than Circus knows.
 *
 * Our endpoint answers it as any other; the one that plughostd opens for Circus's clients
 * understands nothing else, and answers in its own fields. */
#pragma once

#include "word.h"

/* Sends the command of an invocation to `endpoint` and waits for the reply; -1 waits for ever. The
 * caller owns the result. Returns NULL with PH_TIMEOUT when there was no answer in time, or with
 * the daemon's reason when it refused. */
ph_message_t *circus_call(const struct invocation *invocation, const char *endpoint, int timeout_ms,
                          struct ph_error *err);

/* Writes an option of a watcher as circusctl does: numbers and truths of those that it knows to be
 * such, anything else as text. */
void circus_write_option(ph_writer_t *writer, const char *name, const char *text);
