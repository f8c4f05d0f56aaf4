/* heartbeat.h - signs of life, and the metrics that go along (protocol.md, 5.4 and 5.5). */
#pragma once

#include "plugin.h"

/* Begins after plugin.ready; 0 seconds: none are wanted. */
void heartbeat_start(ph_plugin_t *plugin, double interval_seconds);
void heartbeat_stop(ph_plugin_t *plugin);

/* Sends what is due. */
void heartbeat_run(ph_plugin_t *plugin, int64_t now);

/* Has heartbeat_run send one at once, if any are wanted. */
void heartbeat_hurry(ph_plugin_t *plugin);

/* Returns when heartbeat_run must be called, -1: not by itself. */
int64_t heartbeat_deadline(const ph_plugin_t *plugin);

/* Says at once that the next sign of life may take so long. That holds until heartbeat_run, over
 * all waits in between. */
void heartbeat_be_busy(ph_plugin_t *plugin, int ms);

/* The first says so if a wait of this length, negative: for ever, is longer than the daemon
 * expects; the second takes that back. */
void heartbeat_before_wait(ph_plugin_t *plugin, int timeout_ms);
void heartbeat_after_wait(ph_plugin_t *plugin);

/* Notes that metrics wait to be sent; sends them now. */
void heartbeat_note_metrics(ph_plugin_t *plugin);
void heartbeat_send_metrics(ph_plugin_t *plugin);
