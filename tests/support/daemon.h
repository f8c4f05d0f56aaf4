/* daemon.h - a plughostd of the test's own: folder, configuration, log and connections.
 *
 *     ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
 *     pid_t pid = daemon_wait_started(daemon, "web", 2000);
 *
 * In a configuration @DIR@ stands for the test's folder, @CHILD@ for the program of tests/child,
 * @MODULES@ for the folder of the test modules. Before the text come a section [plughost] with
 * run_dir and plugin_path; the text may go on with a [plughost] of its own.
 *
 * Whatever does not happen in time fails the test, with the daemon's log in the message. The
 * functions that wait read the events one after the other: one that a function passes over is gone
 * for the next. Events from before daemon_await returned are not seen: wait for a state then, or
 * start the watcher by command. */
#pragma once

#include "program.h"

#include <plughost/plughost.h>

typedef struct daemon daemon_t;

/* ---- from the first to the last moment ---- */

/* Starts a daemon on a file of tests/fixtures, or on a text, and waits until it answers. */
daemon_t *daemon_start(const char *fixture);
daemon_t *daemon_start_with(const char *text);

/* The three steps of the above: the folder with its configuration, the process, the connection. The
 * words for plughostd end with NULL, or are NULL. */
daemon_t *daemon_prepare(const char *text);
void daemon_launch(daemon_t *self, const char *const *words);
void daemon_await(daemon_t *self);

/* Connects to a daemon that listens already, and subscribes to all events. Returns 0, or -1 and
 * `err`. */
int daemon_connect(daemon_t *self, struct ph_error *err);

/* As daemon_launch, with one of the libraries of tests/support loaded before all others, also those
 * of a sanitizer. */
void daemon_launch_preloaded(daemon_t *self, const char *library);

/* Replaces the text of its configuration; nobody reads it for now. */
void daemon_rewrite(const daemon_t *self, const char *text);

/* Stops a daemon that still runs by SIGTERM, and checks: exit status 0, no child left, no file left
 * in the run directory, no report of a sanitizer. Then removes the folder, frees `*self_p` and sets
 * it to NULL. */
void daemon_stop(daemon_t **self_p);

/* The same without any check, for those who have looked for themselves: a daemon that still runs is
 * killed, with its children. */
void daemon_discard(daemon_t **self_p);

/* Kills the daemon by SIGKILL, and waits until its children are gone too. It can be launched again
 * in the same folder. */
void daemon_kill(daemon_t *self);

/* Waits until the daemon has ended by itself. Returns its exit status. */
int daemon_wait_end(daemon_t *self, int timeout_ms);

/* Waits until the daemon has ended; returns false when the time is over. */
bool daemon_has_ended(daemon_t *self, int timeout_ms);

/* Says whether a sanitizer has reported something. */
bool daemon_has_report(const daemon_t *self);

/* ---- where it is ---- */

pid_t daemon_pid(const daemon_t *self);
const char *daemon_dir(const daemon_t *self);    /* the test's folder */
const char *daemon_config(const daemon_t *self); /* the configuration's file */
const char *daemon_log_file(const daemon_t *self);
const char *daemon_output_file(const daemon_t *self); /* what it and its children write */
const char *daemon_run_dir(const daemon_t *self);
const char *daemon_endpoint(const daemon_t *self);
ph_client_t *daemon_client(const daemon_t *self);

/* Has the daemon listen elsewhere than in its run directory; the configuration says the same. */
void daemon_set_endpoint(daemon_t *self, const char *endpoint);

/* Returns a port that nobody listens on just now. */
unsigned daemon_find_port(void);

/* Starts a daemon on a text that listens on tcp://, where the kernel does not tell who asks: nobody
 * is trusted who has no token. */
daemon_t *daemon_start_tcp(const char *text);

/* Returns DIR/NAME, which the caller frees. */
char *daemon_path(const daemon_t *self, const char *name);

/* Makes the pipe DIR/NAME, as fifo_make does. */
int daemon_make_fifo(const daemon_t *self, const char *name);

/* ---- commands ---- */

/* Sends a command about a watcher, or about all when `name` is NULL. The first fails the test when
 * the daemon refuses; the second returns NULL and `err` then. The caller owns the reply. */
ph_message_t *daemon_command(daemon_t *self, const char *command, const char *name, bool waits);
ph_message_t *daemon_try(daemon_t *self, const char *command, const char *name, bool waits,
                         struct ph_error *err);

/* As daemon_command, for those who do not look at the reply. */
void daemon_do(daemon_t *self, const char *command, const char *name, bool waits);

/* What `status` says about one watcher. */
struct watcher_state {
    char status[16];
    char reason[600];
    pid_t pid; /* of its first process, 0: there is none */
    int64_t running, restarts, attempt;
};
struct watcher_state daemon_status(daemon_t *self, const char *name);

/* Runs plughostctl against the daemon until it ends. The words end with NULL. */
program_t *daemon_run_ctl(const daemon_t *self, ...) __attribute__((sentinel));

/* Starts it and does not wait. */
program_t *daemon_start_ctl(const daemon_t *self, ...) __attribute__((sentinel));

/* ---- waiting ---- */

/* Waits for the next event of exactly that topic. */
ph_event_t *daemon_wait_event(daemon_t *self, const char *topic, int timeout_ms);

/* Waits until a watcher's first process runs that this function has not returned before. */
pid_t daemon_wait_started(daemon_t *self, const char *name, int timeout_ms);

/* Waits until the status of a watcher is this word. */
void daemon_wait_status(daemon_t *self, const char *name, const char *word, int timeout_ms);

/* Wait until the daemon's log, or what it and its children write, holds `text`. */
void daemon_wait_log(daemon_t *self, const char *text, int timeout_ms);
void daemon_wait_output(daemon_t *self, const char *text, int timeout_ms);

/* Waits until DIR/NAME holds `text`; returns what the file holds, which the caller frees. */
char *daemon_wait_file(daemon_t *self, const char *name, const char *text, int timeout_ms);

/* ---- events ---- */

/* Returns a text or a number of an event's body; "" or -1 if there is none. */
const char *event_text(const ph_event_t *event, const char *key);
double event_number(const ph_event_t *event, const char *key);
