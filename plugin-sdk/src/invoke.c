#include "invoke.h"

#include <limits.h>

enum {
    MOST_SECONDS = 86400, /* what the daemon takes */
    LEAST_MS = 1,
    MORE_MS = 1000, /* for the daemon's own answer to come */
};

static double seconds_of(int timeout_ms)
{
    if (timeout_ms < 0 || timeout_ms / 1000 >= MOST_SECONDS)
        return MOST_SECONDS;
    return (timeout_ms < LEAST_MS ? LEAST_MS : timeout_ms) / 1000.0;
}

ph_writer_t *invoke_write(const struct invoke *self)
{
    ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "plugin", self->plugin);
    ph_writer_string(properties, "method", self->method);
    if (self->args) {
        ph_writer_map(properties, "args");
        ph_writer_merge(properties, self->args);
        ph_writer_end(properties);
    }
    ph_writer_float(properties, "timeout", seconds_of(self->timeout_ms));
    if (self->trace && self->trace[0])
        ph_writer_string(properties, "trace", self->trace);
    return properties;
}

int invoke_wait_ms(int timeout_ms)
{
    return timeout_ms < 0 || timeout_ms > INT_MAX - MORE_MS ? -1 : timeout_ms + MORE_MS;
}
