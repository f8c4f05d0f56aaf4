/* supervisor.h - owns everything: starts it in order, ends it in order. */
#pragma once

#include "config/configuration.h"
#include "control/endpoint.h"
#include "control/job.h"
#include "control/publisher.h"
#include "plugin/broker.h"
#include "plugin/metrics.h"
#include "plugin/sessions.h"
#include "service_manager.h"
#include "watchers.h"

#include <log.h>

typedef struct supervisor supervisor_t;

/* Opens sockets and makes the watchers, all stopped. Takes the watchers of `configuration`, which
 * is otherwise borrowed, as the log is; requests go to `on_request`, with the supervisor as its
 * argument. The caller owns the result. Returns NULL and `err`; then nothing is left behind. */
supervisor_t *supervisor_new(struct configuration *configuration, ph_log_t *log,
                             endpoint_request_fn *on_request, struct ph_error *err);

/* Opens the endpoints for Circus's clients that the settings name, before supervisor_run. `dialect`
 * is borrowed. Returns 0, or -1 with `err` filled. */
int supervisor_serve_circus(supervisor_t *self, const struct settings *settings,
                            const struct endpoint_dialect *dialect, struct ph_error *err);

/* Has the service manager told how the daemon is, if there is one; before supervisor_run. `wishes`
 * is needed for the call only. What is wrong with them is logged, and the daemon runs without. */
void supervisor_tell_manager(supervisor_t *self, const struct manager_wishes *wishes);

/* Frees `*self_p` and sets it to NULL; what still lives is killed. `*self_p` may be NULL. */
void supervisor_destroy(supervisor_t **self_p);

/* Starts what is to start by itself and runs until everything has ended after supervisor_quit, or
 * after one of signals_taken, which must be blocked in all threads. */
void supervisor_run(supervisor_t *self);

/* Stops all watchers; when the last process is gone the loop ends. */
void supervisor_quit(supervisor_t *self, const char *reason);

/* Opens the log again. */
void supervisor_reopen_log(supervisor_t *self);

/* What commands work with. */
endpoint_t *supervisor_endpoint(const supervisor_t *self);
jobs_t *supervisor_jobs(const supervisor_t *self);
sessions_t *supervisor_sessions(const supervisor_t *self);
broker_t *supervisor_broker(const supervisor_t *self);

/* Returns whom to tell of a reload; NULL: nobody. */
service_manager_t *supervisor_service_manager(const supervisor_t *self);

/* Returns an empty writer for the answer to one command, of msgpack or JSON. It belongs to the
 * supervisor. */
ph_writer_t *supervisor_scratch_reply(supervisor_t *self, bool is_json);
metrics_t *supervisor_metrics(const supervisor_t *self);
publishers_t *supervisor_publishers(const supervisor_t *self);
ph_log_t *supervisor_log(const supervisor_t *self);
pid_t supervisor_pid(const supervisor_t *self); /* the daemon's, without a system call */
struct stats_sample *supervisor_sample(supervisor_t *self); /* of what the daemon uses */
const char *supervisor_epoch(const supervisor_t *self);
bool supervisor_is_ending(const supervisor_t *self);

watchers_t *supervisor_watchers(const supervisor_t *self);
struct configuration *supervisor_configuration(const supervisor_t *self); /* without watchers */
const struct settings *supervisor_settings(const supervisor_t *self);     /* those in use */
const struct process_host *supervisor_host(const supervisor_t *self);
