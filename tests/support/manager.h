/* manager.h - a service manager that only listens: the socket of NOTIFY_SOCKET, as systemd has it.
 */
#pragma once

#include <stdbool.h>

typedef struct manager manager_t;

/* Binds to a path, or to '@' and an abstract name, and sets NOTIFY_SOCKET of this process, which
 * what is started from now on inherits. The caller owns the result. */
manager_t *manager_new(const char *address);

/* Closes the socket, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void manager_destroy(manager_t **self_p);

/* Returns the next message other than WATCHDOG=1; it holds until the next call. The test fails when
 * there is none in time. */
const char *manager_next(manager_t *self, int timeout_ms);

/* Passes over messages until one holds `text`, and returns it. */
const char *manager_wait(manager_t *self, const char *text, int timeout_ms);

/* Says whether anything has come that was not taken yet. */
bool manager_has_more(manager_t *self);

/* Drops what has come, and returns whether a sign of life comes within the time. */
bool manager_sees_sign(manager_t *self, int timeout_ms);
