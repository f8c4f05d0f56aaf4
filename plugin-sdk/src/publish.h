/* publish.h - the properties of the command `publish`. */
#pragma once

#include <plughost/value.h>

/* Checks that a topic is `event.` and letters, digits, '_', '-' and dots. Returns 0, or -1 with
 * PH_INVALID. */
int publish_check_topic(const char *topic, struct ph_error *err);

/* Returns the properties, which the caller owns. `fields` may be NULL. */
ph_writer_t *publish_write(const char *topic, const ph_writer_t *fields);
