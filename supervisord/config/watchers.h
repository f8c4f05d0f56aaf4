/* watchers.h - the options of one watcher, from a section. */
#pragma once

#include "problems.h"
#include "schema.h"
#include "tree.h"

/* Fills `self`, whose old contents do not count, with name, defaults and the options of the
 * section. */
void watcher_options_read(struct watcher_options *self, enum section_kind kind, const char *name,
                          const config_setting_t *section, struct problems *problems);

/* Once its variables are there: fills in what follows from other options, and checks the whole. */
void watcher_options_complete(struct watcher_options *self, const config_setting_t *section,
                              struct problems *problems);
