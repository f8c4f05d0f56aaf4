/* metrics.h - numbers that a plugin has measured and the daemon does not know yet. */
#pragma once

#include <plughost/value.h>

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

typedef struct metrics metrics_t;

metrics_t *metrics_new(void);
void metrics_destroy(metrics_t **self_p);

/* Each adds or sets a value. Returns 0; or -1 with `err` for a name that is none, that has another
 * type already, or is one too many; or for a number that is not finite. */
int metrics_count(metrics_t *self, const char *name, uint64_t add, struct ph_error *err);
int metrics_set(metrics_t *self, const char *name, double value, struct ph_error *err);
int metrics_observe(metrics_t *self, const char *name, double value, struct ph_error *err);

/* Says whether there is something that was not sent. */
bool metrics_have_changed(const metrics_t *self);

/* Returns the properties of `plugin.metrics`, which the caller owns. */
ph_writer_t *metrics_write(const metrics_t *self);

/* Forgets what was written: it was sent. */
void metrics_clear(metrics_t *self);
