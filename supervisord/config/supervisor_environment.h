/* supervisor_environment.h - KEY="VALUE",KEY=VALUE of supervisord's. */
#pragma once

#include "supervisor_part.h"

/* Makes a section [env:PATTERN] of an option `environment`. What a line of it cannot hold goes to
 * the option `env` of `watcher`, which may be NULL. */
void supervisor_environment_take(struct supervisor_part *part,
                                 const struct ph_circus_option *option, const char *pattern,
                                 config_setting_t *watcher);
