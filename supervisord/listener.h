/* listener.h - binds a ZeroMQ socket to an endpoint, safely. */
#pragma once

#include <czmq.h>
#include <plughost/error.h>

struct listener_options {
    int type;      /* of ZeroMQ */
    int max_bytes; /* of a frame: whoever sends more is cut off */
    int queue;     /* messages that wait for one peer; 0: libzmq's default */
};

/* Makes a socket and binds it. An ipc:// socket file is made by us, with mode
 * 0600, and handed to libzmq, which itself would take the path from a daemon that is using it.
 * The caller owns the result. Returns NULL and `err`. */
zsock_t *listener_bind(const struct listener_options *options, const char *endpoint,
                       struct ph_error *err);

/* Removes the socket file of an ipc:// endpoint; nothing for others. */
void listener_remove(const char *endpoint);
