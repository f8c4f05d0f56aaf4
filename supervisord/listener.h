/* listener.h - binds a ZeroMQ socket to an endpoint, safely. */
#pragma once

#include <czmq.h>
#include <plughost/error.h>

/* Makes a socket of a ZeroMQ type and binds it. An ipc:// socket file is made by us, with mode
 * 0600, and handed to libzmq, which itself would take the path from a daemon that is using it.
 * Whoever sends a frame of more than `max_bytes` is cut off. The caller owns the result. Returns
 * NULL and `err`. */
zsock_t *listener_bind(int type, const char *endpoint, int max_bytes, struct ph_error *err);

/* Removes the socket file of an ipc:// endpoint; nothing for others. */
void listener_remove(const char *endpoint);
