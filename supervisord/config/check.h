/* check.h - whether the options of one watcher go together. */
#pragma once

#include "../process/options.h"
#include "problems.h"
#include "tree.h"

/* Finds user and group of `self` and whether this daemon may run a process as them. */
void check_identity(struct watcher_options *self, const config_setting_t *section,
                    struct problems *problems);

/* Checks what needs no other section. */
void check_watcher(const struct watcher_options *self, const config_setting_t *section,
                   struct problems *problems);
