/* reconfigure.h - new options for a plugin that runs. */
#pragma once

#include <plughost/plugin.h>

/* Takes the options of the request into use and keeps the message; the plugin's own function
 * decides. Returns 0, or -1 and `err`: then the old ones are in force, and the request is still the
 * caller's. */
int reconfigure(ph_plugin_t *plugin, ph_message_t **request_p, struct ph_error *err);

/* As reconfigure, for the options of a welcome, if they differ from those in force and the plugin
 * takes new ones; what goes wrong goes to the log. */
void reconfigure_from_welcome(ph_plugin_t *plugin, const ph_value_t *options);
