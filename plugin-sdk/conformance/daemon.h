/* daemon.h - the daemon's part of the protocol, as a script wants it played: answers the plugin,
 * and writes down what it sends. */
#pragma once

#include "record.h"

#include <zmq.h>

typedef struct daemon daemon_t;

/* So much later come the welcome and the markers of a slow script. */
enum { DAEMON_HELD_MS = 300 };

enum welcome { WELCOME_OK, WELCOME_INCOMPATIBLE, WELCOME_DENIED };

struct script {
    enum welcome welcome;    /* the answer to the first hello */
    enum welcome again;      /* the answer to a hello after daemon_restart */
    bool wants_heartbeats;   /* the welcome asks for them */
    bool is_slow;            /* the welcome and the markers come later than they could */
    bool has_unknown_fields; /* every map has a key that no document tells */
};

struct daemon_settings {
    const char *folder;         /* for the two sockets */
    double heartbeat_s;         /* what the welcome asks for, if the script wants it */
    const ph_writer_t *options; /* a map of text to text */
    bool is_verbose;            /* shows on standard output what passes */
};

/* Opens the two sockets. Texts are copied; `options` and `record` must hold as long as the daemon.
 * The caller owns the result. Returns NULL with `err` filled. */
daemon_t *daemon_new(const struct daemon_settings *settings, const struct script *script,
                     record_t *record, struct ph_error *err);

/* Closes the sockets, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void daemon_destroy(daemon_t **self_p);

/* Both belong to the object. */
const char *daemon_endpoint(const daemon_t *self);
const char *daemon_pubsub(const daemon_t *self);

/* Returns the topic of the marks of the present session. */
const char *daemon_mark_topic(const daemon_t *self);

/* What to poll for, before daemon_step. */
void daemon_poll_items(const daemon_t *self, zmq_pollitem_t items[2]);

/* Answers what has come, and sends what was held back long enough. Never waits. */
void daemon_step(daemon_t *self);

/* Closes both sockets and opens them again, as a daemon that was started anew: another epoch, and
 * no session. Returns 0, or -1 with `err` filled. */
int daemon_restart(daemon_t *self, struct ph_error *err);

/* ---- what it sends of its own accord ---- */

/* Sends the plugin a request; `properties` may be NULL. With `is_cast` it wants no reply. */
void daemon_request(daemon_t *self, const char *command, int64_t id, const ph_writer_t *properties,
                    bool is_cast);

/* Sends these bytes to the plugin, as one frame. */
void daemon_send_bytes(daemon_t *self, const void *data, size_t size);

/* Publishes the next event. */
void daemon_publish(daemon_t *self, const char *topic);

/* Publishes these bytes under a topic. They count for nothing. */
void daemon_publish_bytes(daemon_t *self, const char *topic, const void *data, size_t size);

/* Has the next event get lost on its way. */
void daemon_lose(daemon_t *self, const char *topic);

/* Publishes a mark, as the daemon does after each heartbeat. */
void daemon_mark(daemon_t *self);
