/* host.h - what all processes of the daemon share: who watches, reaps, sweeps and listens. */
#pragma once

#include "config/configuration.h"
#include "process/process.h"

#include <log.h>

/* What it is made of; everything is borrowed. */
struct host_context {
    loop_t *loop;
    bus_t *bus;
    ph_log_t *log;
    const struct configuration *configuration;
};

typedef struct host host_t;

/* Makes this program the one that orphans come to, opens the sockets of the configuration, and has
 * the bus publish output that somebody follows. The caller owns the result. Returns NULL and fills
 * `err`; then nothing is left behind. */
host_t *host_new(const struct host_context *context, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL; all watchers must be gone. `*self_p` may be NULL. */
void host_destroy(host_t **self_p);

/* What processes are made with; belongs to the host. The functions for plugins are not set. */
struct process_host *host_of_processes(host_t *self);
