/* session.h - what a plugin and the daemon agree on: hello, subscriptions, ready; and all of it
 * anew when the connection was lost. */
#pragma once

#include "plugin.h"

/* Says hello and subscribes, before handle_init. Returns 0, or -1 and `err`. */
int session_open(ph_plugin_t *plugin, struct ph_error *err);

/* Says that handle_init has returned 0. A connection that is lost at that time is no failure: the
 * session goes on when it is back. */
int session_be_ready(ph_plugin_t *plugin, struct ph_error *err);

/* The connection was lost; it is back. */
void session_on_lost(ph_plugin_t *plugin);
void session_on_back(ph_plugin_t *plugin);

/* As ph_plugin_subscribe and ph_plugin_unsubscribe. */
int session_subscribe(ph_plugin_t *plugin, const char *prefix, struct ph_error *err);
int session_unsubscribe(ph_plugin_t *plugin, const char *prefix, struct ph_error *err);

void session_release(ph_plugin_t *plugin);
