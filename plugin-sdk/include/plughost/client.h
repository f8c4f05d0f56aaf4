/* plughost/client.h - talk to a running plughostd.
 *
 * Lifecycle. A client holds one connection for commands and, once it subscribes, one for events. It
 * connects when it is made and says at once when nobody listens. A connection that breaks comes
 * back by itself: a request that was not answered yet is sent again, and a daemon that has done it
 * already answers what it answered then. It is never done twice. When the daemon has ended, or was
 * started anew, calls that wait for it fail with PH_UNAVAILABLE.
 *
 * Threads. There is no global state: use as many clients as you like, each from one thread at a
 * time. The library starts no thread of its own; libzmq runs one for the sockets of each client.
 *
 * Memory. What a function returns as `T *` belongs to the caller; `const T *` belongs to the object
 * it came from. Texts and writers that are passed in are copied.
 *
 * Versions. Protocol PH_PROTOCOL is spoken; a daemon of another version ignores what it does not
 * know, and refuses commands that it does not have with PH_UNKNOWN_COMMAND. */
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

/* As ph_client_subscribe, and returns the present state: the reply to `status`, which the caller
 * owns. Events from before that state are left out, all later ones come: nothing is missed between
 * the two, nothing comes twice. Returns NULL as ph_client_subscribe and ph_client_call do. */
PH_API ph_message_t *ph_client_follow(ph_client_t *self, const char *prefix, int timeout_ms,
                                      struct ph_error *err);

/* Waits for the next event; -1 waits for ever, 0 only looks. The caller owns the result. Returns
 * NULL with PH_TIMEOUT, with PH_INVALID before the first subscription, with PH_SYSTEM and errno
 * EINTR when a signal came. */
PH_API ph_event_t *ph_client_receive(ph_client_t *self, int timeout_ms, struct ph_error *err);

/* Has a plugin's method run, and waits for its answer; `args` may be NULL. The caller owns the
 * result, whose body has the answer under `result`. Returns NULL with PH_TIMEOUT; with
 * PH_NOT_FOUND, PH_INVALID, PH_UNAVAILABLE or PH_BUSY of the daemon, which name plugin and method;
 * or with what the method itself refused with. If the caller's time is over or it ends, the plugin
 * is told. */
PH_API ph_message_t *ph_client_invoke(ph_client_t *self, const char *plugin, const char *method,
                                      const ph_writer_t *args, int timeout_ms,
                                      struct ph_error *err);

/* Publishes an event, with `fields` (NULL: none) as its body beside time, epoch, seq and publisher.
 * Topics are `event.TYPE`; TYPE may have dots. Waits up to `timeout_ms` for room in the queue to
 * the daemon, not for an answer: what that refuses it writes to its log. To be certain,
 * ph_client_call the command `publish`, or any other command afterwards: its reply comes when all
 * of these were taken. Returns 0, or -1 with PH_INVALID, PH_BUSY or PH_UNAVAILABLE. */
PH_API int ph_client_publish(ph_client_t *self, const char *topic, const ph_writer_t *fields,
                             int timeout_ms, struct ph_error *err);

#ifdef __cplusplus
}
#endif
