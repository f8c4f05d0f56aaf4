/* sockets.h - ZeroMQ sockets for the bare programs, with queues without a limit: a message that is
 * lost costs nothing, and would make the bare side look faster than it is. */
#pragma once

#include "measure.h"

#include <zmq.h>

enum {
    PATIENCE_MS = 30000, /* who waits longer for a message hangs */
};

static inline void set_option(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value) < 0)
        fail("zmq_setsockopt");
}

static inline void *make_socket(void *context, int type)
{
    void *socket = zmq_socket(context, type);
    if (!socket)
        fail("zmq_socket");
    set_option(socket, ZMQ_SNDHWM, 0);
    set_option(socket, ZMQ_RCVHWM, 0);
    set_option(socket, ZMQ_RCVTIMEO, PATIENCE_MS);
    return socket;
}

/* Returns a socket that is bound or connected. */
static inline void *bind_socket(void *context, int type, const char *address)
{
    void *socket = make_socket(context, type);
    if (zmq_bind(socket, address) < 0)
        fail(address);
    return socket;
}

static inline void *connect_socket(void *context, int type, const char *address)
{
    void *socket = make_socket(context, type);
    if (zmq_connect(socket, address) < 0)
        fail(address);
    return socket;
}

/* Sends a copy of the bytes, as zmq_send does; a failure ends the program. */
static inline void send_bytes(void *socket, const void *data, size_t size, int flags)
{
    if (zmq_send(socket, data, size, flags) < 0)
        fail("zmq_send");
}
