/* probe.h - is there anyone at an endpoint? ZeroMQ itself would wait for ever without a word. */
#pragma once

#include <plughost/error.h>

/* Opens a connection to an "ipc://" or "tcp://" endpoint and closes it again. Returns 0, or -1 with
 * PH_UNAVAILABLE, PH_DENIED or PH_INVALID. Takes at most `timeout_ms`. */
int probe_endpoint(const char *endpoint, int timeout_ms, struct ph_error *err);
