/* datagram.h - lines to the system's log: each a datagram to a local socket, never waited for. */
#pragma once

#include "loss.h"

typedef struct datagram datagram_t;

enum datagram_format {
    DATAGRAM_SYSLOG,  /* as of RFC 3164 */
    DATAGRAM_JOURNAL, /* the native protocol of journald */
};

/* Sends to the socket `path`, which is copied; NULL is where the system has it. Whether anybody
 * listens there shows at the first line. The listener is borrowed. The caller owns the result. */
datagram_t *datagram_new(enum datagram_format format, const char *path,
                         const struct loss_listener *listener);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void datagram_destroy(datagram_t **self_p);

/* Sends each line; once one is not taken, the rest of the block is lost and counted. */
void datagram_write(datagram_t *self, const struct block *block);
