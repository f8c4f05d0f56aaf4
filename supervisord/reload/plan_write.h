/* plan_write.h - a plan as replies have it, and its name. */
#pragma once

#include "plan.h"

/* Writes its steps, what only a start of the daemon changes, how many watchers stay as they are,
 * and its id. */
void plan_write(const struct plan *self, ph_writer_t *out);

/* Returns a word that no other plan has, which the caller frees. */
char *plan_id(const struct plan *self);
