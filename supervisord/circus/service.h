/* service.h - the endpoints at which Circus's clients are served: what they ask, and what they are
 * told. */
#pragma once

#include "../config/settings.h"
#include "../control/endpoint.h"
#include "../event/bus.h"

#include <log.h>

typedef struct circus_service circus_service_t;

/* All borrowed. */
struct circus_service_context {
    loop_t *loop;
    bus_t *bus;
    endpoint_t *endpoint; /* gets one more door, which it closes */
    ph_log_t *log;
    const struct endpoint_dialect *dialect;
};

/* Opens what the settings name. The caller owns the result, which goes after the endpoint and
 * before the bus. Returns NULL and `err`. */
circus_service_t *circus_service_new(const struct circus_service_context *context,
                                     const struct settings *settings, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL; removes the files of sockets. `*self_p` may be NULL. */
void circus_service_destroy(circus_service_t **self_p);
