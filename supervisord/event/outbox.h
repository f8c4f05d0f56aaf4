/* outbox.h - messages of a topic and a body that are sent one right behind the other.
 *
 * ZeroMQ's thread sleeps when it has nothing to send: one message after a while costs a wake-up of
 * it and of each receiver, many at once hardly more. */
#pragma once

#include <czmq.h>

/* Zeroed, it is empty. */
struct outbox {
    struct outbox_message *messages; /* room for OUTBOX_MAX; NULL: there never was any */
    size_t count;
};

/* Fewer than any subscriber's queue takes: one that keeps up shall lose nothing of a burst. */
enum { OUTBOX_MAX = 64 };

/* Puts a copy of a message in. It must not be full. */
void outbox_put(struct outbox *self, const char *topic, size_t topic_size, const void *body,
                size_t size);

/* Sends all to a PUB socket of ZeroMQ's, which never blocks: it drops what is for a subscriber that
 * is too slow. */
void outbox_send(struct outbox *self, void *socket);

/* Frees its memory. It must be empty. */
void outbox_release(struct outbox *self);
