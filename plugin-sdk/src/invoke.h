/* invoke.h - the properties of the command `invoke`. */
#pragma once

#include <plughost/value.h>

struct invoke {
    const char *plugin;
    const char *method;
    const ph_writer_t *args; /* NULL: none */
    int timeout_ms;          /* -1: as long as the daemon allows */
    const char *trace;       /* NULL or "": the daemon makes one */
};

/* Returns the properties, which the caller owns. */
ph_writer_t *invoke_write(const struct invoke *self);

/* Returns how long to wait for the daemon, which itself says when the plugin took too long. */
int invoke_wait_ms(int timeout_ms);
