/* calls.h - commands with any properties, and the order of events.
 *
 * Properties are the text of a JSON object in which ' stands for ": "{'name': 'web', 'nb': 2}". */
#pragma once

#include "daemon.h"
#include "raw.h"

/* Sends a command and returns the reply, which the caller owns. The test fails when the daemon
 * refuses. */
ph_message_t *daemon_call(daemon_t *self, const char *command, const char *properties);

/* The same; returns NULL and `err` when the daemon refuses, or does not answer. */
ph_message_t *daemon_call_try(daemon_t *self, const char *command, const char *properties,
                              struct ph_error *err);

/* As daemon_call, for those who do not look at the reply. */
void daemon_call_do(daemon_t *self, const char *command, const char *properties);

/* Sends a command that the daemon refuses, and returns how. The test fails when it does not. */
struct ph_error daemon_call_refused(daemon_t *self, const char *command, const char *properties);

/* Sends a command from a client of its own, which the caller owns, and does not wait for the
 * answer. */
raw_t *daemon_send(daemon_t *self, const char *command, const char *properties);

/* Waits for the answer to daemon_send. The first checks that it was done; the second, that it was
 * refused for a reason in which `text` stands. */
void call_expect_done(raw_t *client, int timeout_ms);
void call_expect_refused(raw_t *client, const char *text, int timeout_ms);

/* Reads events up to the next one of the topic `last`. Returns the last words of the topics that
 * begin with `prefix`, in their order and parted by blanks: "start spawn ready". The caller frees
 * it. */
char *daemon_actions_until(daemon_t *self, const char *prefix, const char *last, int timeout_ms);

/* Waits for the next event of that topic, for those who do not look at it. */
void daemon_pass_event(daemon_t *self, const char *topic, int timeout_ms);

/* Expects events of these topics, one after the other; the topics end with NULL. Others may come in
 * between. */
void daemon_expect_order(daemon_t *self, const char *const *topics, int timeout_ms);

/* Writes the pids of a watcher's processes, as `list` tells them. Returns how many there are, at
 * most `max`. */
size_t daemon_pids(daemon_t *self, const char *name, pid_t *pids, size_t max);

/* Makes an empty file DIR/NAME; removes it. */
void daemon_touch(const daemon_t *self, const char *name);
void daemon_remove(const daemon_t *self, const char *name);
