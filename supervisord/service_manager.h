/* service_manager.h - tells the program that started the daemon, systemd for one, how the daemon
 * is: READY=1, RELOADING=1, STOPPING=1, STATUS=, MAINPID=, and WATCHDOG=1, as sd_notify(3) has it.
 *
 * The daemon never waits for it. What does not get through is said again later. */
#pragma once

#include "loop/loop.h"

#include <log.h>

/* What a manager has told this program in its environment. */
struct manager_wishes {
    char *address;       /* of its socket: a path, or '@' and an abstract name; NULL: no manager */
    int64_t watchdog_ms; /* it takes the daemon for hung that gives no sign for so long; 0: never */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment: they
 * are for nobody else. Call it before the first fork, because WATCHDOG_PID names this process. */
void manager_wishes_take(struct manager_wishes *self);

/* Frees what it points to. */
void manager_wishes_release(struct manager_wishes *self);

/* Returns one line on how the daemon is, which the caller frees. */
typedef char *manager_status_fn(void *arg);

/* What it is made of; everything is borrowed. */
struct service_manager_context {
    const struct manager_wishes *wishes; /* with an address; needed for the call only */
    loop_t *loop;
    ph_log_t *log;
    manager_status_fn *status;
    void *arg;
};

typedef struct service_manager service_manager_t;

/* Says which process the daemon is. The caller owns the result. Returns NULL and fills `err` when
 * the address is none, or there is no descriptor left. */
service_manager_t *service_manager_new(const struct service_manager_context *context,
                                       struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void service_manager_destroy(service_manager_t **self_p);

/* What the daemon does now; the first is also the end of reloading. After service_manager_stopping
 * the others say nothing. `self` may be NULL in all of them: then nobody wants to know. */
void service_manager_ready(service_manager_t *self);
void service_manager_reloading(service_manager_t *self);
void service_manager_stopping(service_manager_t *self);

/* The status may have changed. It is told soon, and once for many changes. */
void service_manager_refresh(service_manager_t *self);
