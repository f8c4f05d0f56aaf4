/* invocations.h - what the daemon asks of a plugin and wants an answer to: `invoke` and
 * `reconfigure`. They wait in their order and are done between other functions of the plugin. */
#pragma once

#include <plughost/plugin.h>

typedef struct invocations invocations_t;

invocations_t *invocations_new(ph_plugin_t *plugin);

/* Frees `*self_p`. An answer that was deferred may still be given, and goes nowhere. */
void invocations_destroy(invocations_t **self_p);

/* Takes a request over, to be done by invocations_run. */
void invocations_add(invocations_t *self, ph_message_t **request_p);

/* Nobody waits for the answer to this request any more: it is not begun, or its answer goes
 * nowhere. The second does so for all: their connection is lost. */
void invocations_cancel(invocations_t *self, int64_t id);
void invocations_cancel_all(invocations_t *self);

/* Refuses all that were not begun. */
void invocations_refuse_all(invocations_t *self, const struct ph_error *reason);

/* Does at most `most` of them. */
void invocations_run(invocations_t *self, size_t most);

bool invocations_wait(const invocations_t *self);

/* Refuses a request that no plugin knows, unless it wants no answer. */
void invocations_refuse_unknown(invocations_t *self, const ph_value_t *request);
