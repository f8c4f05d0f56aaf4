/* process.h - one place of a watcher: a child, its successor after its death, and so on. */
#pragma once

#include "../event/bus.h"
#include "options.h"
#include "spawn.h"
#include "state.h"

typedef struct process process_t;
struct session; /* a plugin's connection: plugin/session.h */

/* What processes need of the daemon around them. Everything is borrowed. */
struct process_host {
    loop_t *loop;
    bus_t *bus;
    struct rlimit descriptors; /* how many a child may open */

    /* Called after each change of a process's state. */
    void (*on_change)(void *arg, process_t *process);
    void *arg;

    /* Plugins only. The first prepares a session and what the child needs to open it: it completes
     * `spec` and returns the session, or NULL and `err`. The second asks the plugin to stop and
     * says whether it could. The third ends the session after the child's death. */
    struct session *(*open_session)(void *arg, process_t *process, struct spawn_spec *spec,
                                    struct ph_error *err);
    bool (*ask_to_stop)(struct session *session);
    void (*close_session)(struct session **session_p);
    void *session_arg;
};

/* What `status` tells. */
struct process_report {
    enum process_state state;
    pid_t pid;         /* 0: there is no child */
    int64_t uptime_ms; /* of the child */
    unsigned attempt;  /* deaths in a row */
    int64_t retry_ms;  /* until the next try; -1: none is set */
    unsigned restarts; /* children started after a death, ever */
    const char *cause; /* of the last death; NULL: there was none */
};

/* Makes a stopped process, number `wid` (from 1) of its watcher. All is borrowed. */
process_t *process_new(const struct watcher_options *options, int wid,
                       const struct process_host *host);

/* Frees `*self_p` and sets it to NULL. A child that still lives is killed. `*self_p` may be
 * NULL. */
void process_destroy(process_t **self_p);

/* These ask for a state and return at once; the loop does the rest. A restart of a stopped process
 * starts it. `reason` is for events and the log. */
void process_start(process_t *self, const char *reason);
void process_stop(process_t *self, const char *reason);
void process_restart(process_t *self, const char *reason);

/* A plugin says that it is ready, or that it cannot run: then `reason` is the cause of its
 * death. */
void process_set_ready(process_t *self);
void process_set_failure(process_t *self, const char *reason);

enum process_state process_state(const process_t *self);
const char *process_watcher_name(const process_t *self);
const struct watcher_options *process_options(const process_t *self);
struct session *process_session(const process_t *self);

/* Says whether nothing is under way: it stands in the state that was asked for, or waits to be
 * tried again. */
bool process_is_settled(const process_t *self);

void process_get_report(const process_t *self, struct process_report *report);
