/* daemon_state.h - what the three files of the scripted daemon share: daemon.c receives,
 * answers.c answers, daemon_send.c sends. */
#pragma once

#include "daemon.h"

/* A routing id; of size 0 it is nobody's. */
struct peer {
    char id[256]; /* ZeroMQ's are at most 255 bytes */
    size_t size;
};

struct prefix {
    char *text;
    uint64_t seq; /* events above it count */
};

struct daemon {
    struct daemon_settings settings;
    struct script script;
    record_t *record; /* borrowed */
    char *endpoint, *pubsub;
    void *context, *router, *xpub;
    unsigned run; /* from 1; one more with each daemon_restart */
    char epoch[32], mark_topic[48];
    uint64_t seq; /* of the last event */

    /* the session */
    struct peer plugin; /* who said hello */
    struct peer sender; /* who sent last */
    bool has_empty;     /* the last message had an empty frame before the body */
    bool is_json;       /* the last message was JSON */
    struct prefix *prefixes;
    size_t prefix_count;
    int64_t expected; /* events that the plugin should have counted */

    /* what a slow script holds back */
    int64_t held_until_ms;
    ph_message_t *held_hello;
    char *held_marker;
};

/* Prints a line about a message that passes, if that is wanted. */
void daemon_show(const daemon_t *self, const char *what, const char *text);

/* Sends a reply to the last request, in its encoding. */
void daemon_reply(daemon_t *self, const ph_writer_t *body);

/* Returns a map with time, epoch and seq, which the caller owns. */
ph_writer_t *daemon_event_body(const daemon_t *self);

void daemon_publish_body(daemon_t *self, const char *topic, const ph_writer_t *body);

/* Publishes the next event, with the entries of the map `fields` (NULL: none) in it. */
void daemon_publish_fields(daemon_t *self, const char *topic, const ph_value_t *fields);

/* Has events with this prefix count from now on, or no longer. */
void daemon_count_prefix(daemon_t *self, const char *text);
void daemon_forget_prefix(daemon_t *self, const char *text);
void daemon_forget_prefixes(daemon_t *self);
