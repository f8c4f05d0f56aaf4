/* dialect.h - Circus's clients at the endpoint: its requests in, its answers out. */
#pragma once

#include "../control/endpoint.h"

/* For endpoint_open, whose context has a supervisor_t as its argument. */
extern const struct endpoint_dialect circus_dialect;
