/* delivery.h - hands events to the plugin: one by one or in batches, and with word of those that
 * were missed. */
#pragma once

#include "plugin.h"

/* Hands over at most `most` events of those that are there. Returns whether there may be more. */
bool delivery_run(ph_plugin_t *plugin, size_t most);

/* Hands over everything that is kept. */
void delivery_finish(ph_plugin_t *plugin);

/* Returns when a batch has to be handed over, -1: there is none. */
int64_t delivery_deadline(const ph_plugin_t *plugin);

/* Frees what was not handed over. */
void delivery_release(ph_plugin_t *plugin);

/* Says whether the plugin takes events at all. */
bool delivery_is_wanted(const ph_plugin_t *plugin);
