/* session.h - the connection of one plugin: who it is, what it offers, how it is spoken to.
 *
 * The session of a spawned plugin begins before its process; it is open once the plugin has said
 * hello, and ends with the process. A plugin that runs by hand has a session from its hello until
 * it ends or falls silent. */
#pragma once

#include "../event/bus.h"
#include "../process/process.h"
#include "by_hand.h"
#include "description.h"
#include "exchange.h"
#include "peer.h"
#include "spawned.h"

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

/* What all sessions share. Everything is borrowed. */
struct session_host {
    struct sessions *owner; /* sessions.h */
    loop_t *loop;
    bus_t *bus;
    session_send_fn *send;
    void *arg;
    struct session_listener listener; /* of zeros: nobody listens */
};

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

/* ---- for sessions.h ---- */

/* Makes one that is not open. `host` is borrowed, `process` too; NULL: it runs by hand. The caller
 * owns the result. */
session_t *session_new(const struct session_host *host, const char *name, process_t *process);

/* Frees `*self_p`, which is not open any more, and sets it to NULL. It may be NULL. */
void session_destroy(session_t **self_p);

/* Opens it on a connection. Takes `*description_p`, what the hello says of the plugin, and sets it
 * to NULL; `word` is copied: session_word. */
void session_attach(session_t *self, const struct session_hello *hello,
                    description_t **description_p, const char *word);

/* Forgets the connection, and all that belongs to it but the description; `why` is for those that
 * wait for answers. */
void session_detach(session_t *self, const char *why);

/* Returns those that it is one of. */
struct sessions *session_owner(const session_t *self);

/* Return its parts: the connection, whose size is 0 while it is not open; what it was spawned with;
 * who looks after it if it runs by hand. */
struct peer *session_peer(session_t *self);
struct spawned *session_spawned(session_t *self);
struct by_hand *session_by_hand(session_t *self);

/* Takes a reply to one of the requests that were sent to it; one that nobody waits for is
 * dropped. */
void session_take_reply(session_t *self, const ph_value_t *reply);

/* Takes an event that was published: it may count it. */
void session_count_event(session_t *self, const char *topic, size_t size);

/* ---- for all ---- */

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

/* Returns its methods, which belong to it, or NULL: it has not said hello; how many requests it has
 * not answered; and how many bytes are kept for these: exchange.h. */
methods_t *session_methods(const session_t *self);
size_t session_pending(const session_t *self);
size_t session_pending_bytes(const session_t *self);

/* It was sent new options, or has answered; and whether it is to answer. */
void session_set_reconfiguring(session_t *self, bool is_reconfiguring);
bool session_is_reconfiguring(const session_t *self);

/* Says whether it answers the request of that name, such as "reconfigure". */
bool session_handles(const session_t *self, const char *request);

/* Returns what it says of itself, which belongs to it, or NULL: it has not said hello. The second
 * takes that out of a session that is about to be freed, for the caller to own. */
const description_t *session_description(const session_t *self);
description_t *session_take_description(session_t *self);

/* Writes the prefixes that it counts into the open list. */
void session_write_subscriptions(const session_t *self, ph_writer_t *writer);

/* Sends a command as a cast, with properties or NULL. Returns false when the plugin has not said
 * hello yet. */
bool session_cast(session_t *self, const char *command, const ph_writer_t *properties);

/* Sends a request and has `exchange` wait for the answer. The plugin must have said hello. */
void session_request(session_t *self, const char *command, const ph_writer_t *properties,
                     struct exchange *exchange, int64_t timeout_ms);
