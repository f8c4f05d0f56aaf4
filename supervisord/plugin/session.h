/* session.h - the connections of plugins: who they are, what they offer, how they are spoken to.
 *
 * The session of a spawned plugin begins before its process, with a token that only that process
 * gets; it is open once the plugin has said hello with that token; it ends with the process. A
 * plugin that runs by hand has a session from its hello until it ends or falls silent. */
#pragma once

#include "../event/bus.h"
#include "../process/process.h"
#include "exchange.h"
#include "inheritance.h"
#include "methods.h"

typedef struct sessions sessions_t;
typedef struct session session_t;

/* Sends one body to a peer of the endpoint. `identity` is its routing id. */
typedef void session_send_fn(void *arg, const void *identity, size_t identity_size,
                             const void *body, size_t size);

/* What a broker of invocations wants to know. */
struct session_listener {
    void (*on_ready)(void *arg, session_t *session); /* it takes invocations from now on */
    void (*on_end)(void *arg, session_t *session);   /* it is about to be freed */
    void *arg;
};

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

/* Who says hello. All is borrowed. */
struct session_hello {
    const void *identity; /* the routing id */
    size_t identity_size;
    pid_t pid;         /* of the peer as the kernel knows it; 0: it does not */
    bool is_trusted;   /* it has the rights of the daemon's user */
    const char *token; /* NULL: it runs by hand */
    const char *name;
    const ph_value_t *properties; /* of plugin.hello */
};

/* Opens the session of a plugin that says hello; or opens it again on another connection: then what
 * belonged to the old one is lost. Returns it, or NULL with PH_DENIED, PH_CONFLICT or PH_INVALID.
 */
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

/* Returns the process that a session belongs to; NULL: it runs by hand. */
process_t *session_process(const session_t *self);

/* Returns the plugin's name, without "plugin:". */
const char *session_name(const session_t *self);

/* Returns the word that its marks have in their topic, which nobody else knows. */
const char *session_word(const session_t *self);

/* Says whether it may offer methods, and publish under its name. */
bool session_is_trusted(const session_t *self);

/* It has been heard of; or has sent a heartbeat, and may be silent for `busy_ms` now: watchdog.h.
 */
void session_show_life(session_t *self);
void session_take_heartbeat(session_t *self, int64_t busy_ms);

/* It takes invocations; and says whether it does. */
void session_set_ready(session_t *self);
bool session_is_ready(const session_t *self);

/* It counts events with that prefix, or no longer: tally.h. A mark tells what it should have. */
int session_subscribe(session_t *self, const char *prefix, struct ph_error *err);
int session_unsubscribe(session_t *self, const char *prefix, struct ph_error *err);
void session_mark(session_t *self);

/* How many events it says it has missed. */
void session_set_missed(session_t *self, int64_t missed);
int64_t session_missed(const session_t *self);

/* Returns its methods, which belong to it; and how many requests it has not answered. */
methods_t *session_methods(const session_t *self);
size_t session_pending(const session_t *self);

/* Says whether it has not answered a request yet whose answer that function takes. */
bool session_is_asked(const session_t *self, exchange_answer_fn *on_answer);

/* Says whether it answers the request of that name, such as "reconfigure". */
bool session_handles(const session_t *self, const char *request);

/* Returns a value of its hello, such as "version", or NULL. */
const ph_value_t *session_described(const session_t *self, const char *key);

/* Writes the prefixes that it counts into the open list. */
void session_write_subscriptions(const session_t *self, ph_writer_t *writer);

/* Sends a command as a cast, with properties or NULL. Returns false when the plugin has not said
 * hello yet. */
bool session_cast(session_t *self, const char *command, const ph_writer_t *properties);

/* Sends a request and has `exchange` wait for the answer. The plugin must have said hello. */
void session_request(session_t *self, const char *command, const ph_writer_t *properties,
                     struct exchange *exchange, int64_t timeout_ms);
