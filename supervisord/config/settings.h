/* settings.h - the options of the daemon itself. */
#pragma once

#include "problems.h"
#include "schema.h"
#include "tree.h"

/* Reads [plughost] into `self`, which has the defaults. */
void settings_read(struct settings *self, const config_setting_t *section,
                   struct problems *problems);

/* Reads [circus] likewise. */
void settings_read_circus(struct settings *self, const config_setting_t *section,
                          struct problems *problems);

/* Fills in what was left out, and checks what only shows then. */
void settings_complete(struct settings *self, struct problems *problems);
