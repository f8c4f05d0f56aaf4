/* sessions.h - the sessions of all plugins: who may open one, and how it is found.
 *
 * A spawned plugin opens its session with a token that only its process gets. */
#pragma once

#include "session.h"

typedef struct sessions sessions_t;

/* Plugins that run by hand: so many of those that have the daemon's rights, and of others as many,
 * who thus cannot keep the first out. */
enum { SESSIONS_MAX_BY_HAND = 250 };

/* The caller owns the result. What `context` points to is copied, the rest is borrowed. */
sessions_t *sessions_new(const struct session_context *context, loop_t *loop, bus_t *bus,
                         session_send_fn *send, void *arg);

/* Frees `*self_p` and sets it to NULL. All sessions with processes must be closed. `*self_p` may be
 * NULL. */
void sessions_destroy(sessions_t **self_p);

/* Fills the members of `host` that concern plugins. */
void sessions_serve(sessions_t *self, struct process_host *host);

/* Names the one that hears of all sessions; a listener of zeros ends that. */
void sessions_listen(sessions_t *self, const struct session_listener *listener);

/* Opens the session of a plugin that says hello; or opens it again on another connection: then what
 * belonged to the old one is lost. Returns it, or NULL with PH_DENIED, PH_CONFLICT, PH_BUSY or
 * PH_INVALID. */
session_t *sessions_hello(sessions_t *self, const struct session_hello *hello,
                          struct ph_error *err);

/* Finds the session of a token, of a peer that said hello, or of a plugin by hand by its name.
 * Returns NULL if there is none. */
session_t *sessions_find_token(const sessions_t *self, const char *token);
session_t *sessions_find_peer(const sessions_t *self, const void *identity, size_t size);
session_t *sessions_find_by_hand(const sessions_t *self, const char *name);

/* Iterates over the plugins that run by hand: the first for NULL, and NULL behind the last. */
session_t *sessions_next_by_hand(const sessions_t *self, const session_t *previous);

/* Takes a reply to one of the requests that were sent to a plugin. One that nobody waits for, or
 * from a peer that has no session, is dropped. */
void sessions_take_reply(sessions_t *self, const void *identity, size_t size,
                         const ph_value_t *reply);

/* Takes an event that was published: some count it. */
void sessions_count_event(void *arg, const char *topic, size_t size);
