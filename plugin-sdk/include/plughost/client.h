/* plughost/client.h - talk to a running plughostd.
 *
 * A client holds one connection for commands and, once it subscribes, one for events. There is no
 * global state: use as many clients as you like, each from one thread at a time. The library starts
 * no thread of its own; libzmq runs one for the sockets of each client. */
#pragma once

#include <plughost/event.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ph_client ph_client_t;

/* Connects to a daemon. `endpoint` is "ipc://PATH" or "tcp://HOST:PORT"; NULL means
 * $PLUGHOST_ENDPOINT, else the default run directory. It is copied. The caller owns the result.
 * Returns NULL with PH_UNAVAILABLE when nothing listens there, with PH_DENIED when the socket may
 * not be opened, with PH_INVALID for an endpoint that is none. Takes at most one second, and what
 * it takes to look up a host name. */
PH_API ph_client_t *ph_client_new(const char *endpoint, struct ph_error *err);

/* Closes the connections, waits up to one second for casts on their way, frees `*self_p` and sets
 * it to NULL. `*self_p` may be NULL. */
PH_API void ph_client_destroy(ph_client_t **self_p);

/* Returns the endpoint in use. */
PH_API const char *ph_client_endpoint(const ph_client_t *self);

/* Sends a command with its properties (NULL: none) and waits for the reply; -1 waits for ever. The
 * caller owns the result, whose body is the reply map. Returns NULL with PH_TIMEOUT when there was
 * no answer in time, or with the daemon's own code, reason and hint when it refused. */
PH_API ph_message_t *ph_client_call(ph_client_t *self, const char *command,
                                    const ph_writer_t *properties, int timeout_ms,
                                    struct ph_error *err);

/* Sends a command and asks for no answer, not even for errors. Returns 0, or -1 with PH_BUSY when
 * the queue to the daemon is full. */
PH_API int ph_client_cast(ph_client_t *self, const char *command, const ph_writer_t *properties,
                          struct ph_error *err);

/* Asks for the events whose topic begins with `prefix` ("" for all). When it returns 0 the
 * subscription is active: no later event is missed. Returns -1 with PH_TIMEOUT or
 * PH_UNAVAILABLE. */
PH_API int ph_client_subscribe(ph_client_t *self, const char *prefix, int timeout_ms,
                               struct ph_error *err);

/* Waits for the next event; -1 waits for ever, 0 only looks. The caller owns the result. Returns
 * NULL with PH_TIMEOUT, with PH_INVALID before the first subscription, with PH_SYSTEM and errno
 * EINTR when a signal came. */
PH_API ph_event_t *ph_client_receive(ph_client_t *self, int timeout_ms, struct ph_error *err);

#ifdef __cplusplus
}
#endif
