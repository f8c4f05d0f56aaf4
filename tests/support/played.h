/* played.h - plugins that the test itself plays, by a bare socket: what an author in another
 * language would send, and what none should.
 *
 *     ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(PLAYED);
 *     ph_cleanup(played_destroy) played_t *played = played_start(daemon, "");
 *     ph_cleanup(raw_destroy) raw_t *plugin = played_connect(daemon, played, "");
 *     played_ready(plugin);
 *
 * Requests are JSON in which ' stands for ". */
#pragma once

#include "calls.h"

/* A plugin whose process does nothing: its session is the test's. More options may follow. */
#define PLAYED                                                                                     \
    "[env:plugin:played]\nPATH = @DIR@/bin:/usr/bin:/bin\n"                                        \
    "[plugin:played]\nuse = python:none.None\nautostart = no\ngraceful_timeout = 0.2\n"

typedef struct played played_t;

/* Starts the process of PLAYED, without waiting for it to be ready, and takes its token. `traps`
 * are commands of the shell that come before anything else, such as "trap '' ABRT;". The caller
 * owns the result. */
played_t *played_start(daemon_t *daemon, const char *traps);

/* Frees `*self_p` and sets it to NULL; the process goes on. `*self_p` may be NULL. */
void played_destroy(played_t **self_p);

/* Waits until the daemon has executed another process for it, and takes the token of that. */
void played_renew(played_t *self);

pid_t played_pid(const played_t *self);
const char *played_token(const played_t *self);
const char *played_option(const played_t *self, const char *key); /* "(none)": there is none */

/* Connects and says hello with its token. `more` stands behind the other properties: ", 'key':
 * ...". The caller owns the result. */
raw_t *played_connect(const daemon_t *daemon, const played_t *self, const char *more);

/* The same without a token: a plugin by hand. */
raw_t *played_by_hand(const daemon_t *daemon, const char *name, const char *more);

/* Says that it is ready, and waits for the answer. */
void played_ready(raw_t *plugin);

/* Receives the next request of the daemon, which the caller owns; the test fails when it is for
 * another command. The second returns its id only. */
ph_message_t *played_take(raw_t *plugin, const char *command);
int64_t played_take_id(raw_t *plugin, const char *command);

/* Answers a request: with a number as the result, or with an error. */
void played_answer(raw_t *plugin, int64_t id, int64_t result);
void played_refuse(raw_t *plugin, int64_t id, const char *code, const char *reason);

/* Sends a request and receives its answer, which the caller owns. The others fail the test when it
 * is not answered with ok, or not refused with that code and reason. */
ph_message_t *raw_ask(raw_t *raw, const char *request);
void raw_ask_well(raw_t *raw, const char *request);
void raw_ask_refused(raw_t *raw, const char *request, const char *code, const char *reason);

/* Sends a request and does not wait for an answer. */
void raw_say(raw_t *raw, const char *request);

/* Receives an answer in JSON, which the caller owns. */
ph_message_t *raw_receive_json(raw_t *raw);
