/* metrics.h - what plugins measure: counters, gauges and histograms by name, kept over restarts. */
#pragma once

#include <plughost/value.h>
#include <stdbool.h>

typedef struct metrics metrics_t;

enum {
    METRICS_MAX = 600,          /* of one plugin */
    METRICS_MAX_OF_ALL = 50000, /* then those of the plugin that was silent longest are forgotten */
};

/* The caller owns the result. */
metrics_t *metrics_new(void);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void metrics_destroy(metrics_t **self_p);

/* Takes what the plugin of that name has measured since the last time, a map by name. Returns 0, or
 * -1 with PH_INVALID or PH_BUSY that says what was left out; the rest is taken. */
int metrics_take(metrics_t *self, const char *plugin, const ph_value_t *measured,
                 struct ph_error *err);

/* Says whether any of a plugin are kept; its name is found in any case of letters. */
bool metrics_has(const metrics_t *self, const char *plugin);

/* Writes those of a plugin, or of all for NULL, as maps into the open list. */
void metrics_write(const metrics_t *self, const char *plugin, ph_writer_t *writer);
