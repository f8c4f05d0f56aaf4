/* observer.h - what looks at something every so often and tells statsd what it saw: the options
 * that all of these plugins have, and what comes of them. */
#pragma once

#include "statsd_client.h"

/* The rows of a plugin's table for the options that observer_init reads; see STATSD_OPTIONS. */
#define OBSERVER_OPTIONS(application)                                                              \
    STATSD_OPTIONS(application),                                                                   \
    {                                                                                              \
        .name = "loop_rate", .type = PH_OPTION_FLOAT, .fallback = "60", .min = 0.05, .max = 86400, \
        .text = "So many seconds lie between two looks."                                           \
    }

struct observer {
    statsd_client_t *statsd;
    ph_plugin_t *plugin;
    int timer; /* 0: none */
};

/* Reads the options, and has `look` called every loop_rate seconds, the first time after that many.
 * The caller releases it. Returns 0, or -1 with `err` filled: there is then nothing to release. */
int observer_init(struct observer *self, ph_plugin_t *plugin, ph_timer_fn *look,
                  struct ph_error *err);

/* Ends the looks. What is all zero may be released, too. */
void observer_release(struct observer *self);
