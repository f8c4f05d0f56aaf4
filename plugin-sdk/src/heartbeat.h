/* heartbeat.h - signs of life, and the metrics that go along (protocol.md, 5.4 and 5.5). */
#pragma once

#include "plugin.h"

/* Begins after plugin.ready; 0 seconds: none are wanted. */
void heartbeat_start(ph_plugin_t *plugin, double interval_seconds);
void heartbeat_stop(ph_plugin_t *plugin);

/* Sends what is due. */
void heartbeat_run(ph_plugin_t *plugin, int64_t now);

/* Returns when heartbeat_run must be called, -1: not by itself. */
int64_t heartbeat_deadline(const ph_plugin_t *plugin);

/* Says at once that the next sign of life may take so long; a negative time is for ever. */
void heartbeat_announce(ph_plugin_t *plugin, int busy_ms);

/* Says so if a wait of this length is longer than the daemon expects. */
void heartbeat_before_wait(ph_plugin_t *plugin, int timeout_ms);

/* Notes that metrics wait to be sent; sends them now. */
void heartbeat_note_metrics(ph_plugin_t *plugin);
void heartbeat_send_metrics(ph_plugin_t *plugin);
