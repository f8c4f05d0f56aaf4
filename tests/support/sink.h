/* sink.h - a UDP socket on the loopback that keeps what comes: a statsd server for the tests. */
#pragma once

#include <stdbool.h>

typedef struct sink sink_t;

/* Binds to a port that the kernel chooses. The caller owns the result. */
sink_t *sink_new(void);

/* Closes the socket, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void sink_destroy(sink_t **self_p);

unsigned sink_port(const sink_t *self);

/* Waits for a datagram that begins with `text` and passes over all others; the test fails with
 * those when there is none in time. Returns it; it holds until the next call. */
const char *sink_wait(sink_t *self, const char *text, int timeout_ms);

/* The same, and returns the number that stands behind `text`. */
double sink_wait_number(sink_t *self, const char *text, int timeout_ms);

/* Says whether one that begins so has come before this call, among those that sink_wait passed over
 * too. */
bool sink_has(sink_t *self, const char *text);
