/* restart.h - has the daemon restart a watcher. */
#pragma once

#include <plughost/plugin.h>

/* Asks for it, and writes to the log why. What the daemon refuses goes to the log, too. Does not
 * wait. */
void restart_watcher(ph_plugin_t *plugin, const char *watcher, const char *reason);
