/* publish.h - the command `publish`. */
#pragma once

#include "requester.h"

/* Checks that a topic is `event.` and letters, digits, '_', '-' and dots. Returns 0, or -1 with
 * PH_INVALID. */
int publish_check_topic(const char *topic, struct ph_error *err);

/* Casts an event of such a topic; waits up to `wait_ms` for room. `fields` may be NULL. */
int publish_cast(requester_t *requester, const char *topic, const ph_writer_t *fields, int wait_ms,
                 struct ph_error *err);
