/* session.h - the connections of spawned plugins: who they are, and how they are spoken to.
 *
 * A session begins before its process is spawned, with a token that only that process gets; it is
 * open once the plugin has said hello with that token; it ends with the process. */
#pragma once

#include "../process/process.h"

typedef struct sessions sessions_t;
typedef struct session session_t;

/* What plugins are told about this daemon. All is copied. */
struct session_context {
    const char *runner; /* path of plughost-plugin */
    const char *endpoint;
    const char *pubsub;
    char *const *plugin_path; /* ended by NULL, or NULL */
};

/* Sends one body to a peer of the endpoint. `identity` is its routing id. */
typedef void session_send_fn(void *arg, const void *identity, size_t identity_size,
                             const void *body, size_t size);

/* The caller owns the result. `send` and `arg` are borrowed. */
sessions_t *sessions_new(const struct session_context *context, session_send_fn *send, void *arg);

/* Frees `*self_p` and sets it to NULL. All sessions must be closed. `*self_p` may be NULL. */
void sessions_destroy(sessions_t **self_p);

/* Fills the members of `host` that concern plugins. */
void sessions_serve(sessions_t *self, struct process_host *host);

/* Opens the session of `token` for the peer `identity`. Returns it, or NULL with PH_DENIED. */
session_t *sessions_hello(sessions_t *self, const char *token, const void *identity, size_t size,
                          struct ph_error *err);

/* Finds the session of a token, or of a peer that said hello. Returns NULL if there is none. */
session_t *sessions_find_token(const sessions_t *self, const char *token);
session_t *sessions_find_peer(const sessions_t *self, const void *identity, size_t size);

/* Returns the process that a session belongs to. */
process_t *session_process(const session_t *self);

/* Sends a command as a cast. Returns false when the plugin has not said hello yet. */
bool session_cast(session_t *self, const char *command);
