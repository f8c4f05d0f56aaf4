/* endpoint.h - addresses that daemon and clients must agree on. */
#pragma once

#include <plughost/error.h>

/* The largest frame that the daemon takes; a larger one closes the connection. */
enum { PH_REQUEST_MAX_BYTES = 1 << 20 };

/* Returns the run directory for the calling user, which the caller frees: /run/plughost for root,
 * else $XDG_RUNTIME_DIR/plughost, else /tmp/plughost-UID. */
char *ph_default_run_dir(void);

/* Returns the default endpoint in a run directory, or NULL's default one; the caller frees it. */
char *ph_default_endpoint(const char *run_dir);

/* Returns the default address for events in a run directory; the caller frees it. */
char *ph_default_pubsub(const char *run_dir);

/* Returns the path of an "ipc://PATH" endpoint, a part of the text itself, or NULL for another
 * kind. */
const char *ph_endpoint_ipc_path(const char *endpoint);
