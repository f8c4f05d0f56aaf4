/* trial.h - one start of the plugin beside one scripted daemon.
 *
 * Every wait ends at the latest when the time of settings is over, when the program has ended, or
 * when the run is to end. */
#pragma once

#include "daemon.h"
#include "program.h"
#include "record.h"
#include "settings.h"
#include "verdict.h"

/* Its parts are for the checks to read and to use; it owns them. */
typedef struct trial {
    const struct settings *settings;
    daemon_t *daemon;
    program_t *program;
    record_t *record;
    char *folder;
    ph_writer_t *options; /* of the plugin */
    char token[33];
    int64_t next_id;     /* of the next request to the plugin */
    bool is_interrupted; /* by the settings' signal_fd */
} trial_t;

/* Starts both. The caller owns the result. Returns NULL with `err` filled: then the program could
 * not be started. */
trial_t *trial_new(const struct settings *settings, const struct script *script,
                   struct ph_error *err);

/* Ends both, removes the folder, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void trial_destroy(trial_t **self_p);

/* Returns the time that the plugin has for one step, and that between two heartbeats. */
int64_t trial_timeout_ms(const trial_t *self);
int64_t trial_heartbeat_ms(const trial_t *self);

/* Waits for an entry from `from` on. Returns its index, or -1. */
int trial_wait(trial_t *self, size_t from, enum entry_kind kind, const char *text);

/* Plays on for a time, or until the program has ended. */
void trial_play(trial_t *self, int64_t milliseconds);

/* Waits for the end of the program, and takes what it sent before. Returns false if it runs on. */
bool trial_wait_end(trial_t *self);

/* Fills the verdict: what did not come, and why not, in the plugin's own words if it sent
 * plugin.failed. Returns -1. */
int trial_fail_missing(const trial_t *self, struct verdict *verdict, const char *what);

/* Waits until the plugin has said hello, or plugin.ready. Returns the index of that entry, or -1
 * with the verdict filled. `from`: where in the record to begin. */
int trial_reach_hello(trial_t *self, size_t from, struct verdict *verdict);
int trial_reach_ready(trial_t *self, size_t from, struct verdict *verdict);

/* Sends a request and waits for its reply. Returns the index, or -1 with the verdict filled. */
int trial_call(trial_t *self, const char *command, const ph_writer_t *properties,
               struct verdict *verdict);

/* Sends a request that no plugin knows, and waits for the reply: it proves that the plugin lives,
 * and has sent all that it had to send before. Returns as trial_call. */
int trial_probe(trial_t *self, struct verdict *verdict);

/* Asks the plugin to stop, and waits for its end. Returns 0 if that was orderly, or -1 with the
 * verdict filled. */
int trial_stop(trial_t *self, struct verdict *verdict);
