/* process.h - one place of a watcher: a child, its successor after its death, and so on. */
#pragma once

#include "../event/bus.h"
#include "../stream/output.h"
#include "cgroup_pool.h"
#include "death.h"
#include "hook.h"
#include "notify.h"
#include "oom.h"
#include "orphans.h"
#include "spawn_plan.h"
#include "state.h"
#include "stats.h"
#include "watchdog.h"

typedef struct process process_t;
struct stop_way; /* stop.h */
struct session;  /* a plugin's connection: plugin/session.h */

/* What processes need of the daemon around them. Everything is borrowed. */
struct process_host {
    loop_t *loop;
    bus_t *bus;
    children_t *children;
    hook_runner_t *hooks;
    orphans_t *orphans;
    notify_t *notify;
    sockets_t *sockets;
    streams_t *streams;
    cgroup_pool_t *cgroups;
    struct oom_watch *oom;
    struct rlimit descriptors; /* how many a child may open */

    /* Plugins only. The first prepares a session and what the child needs to open it: it completes
     * `request` and returns the session, or NULL and `err`. The second asks the plugin to stop and
     * says whether it could. The third ends the session after the child's death, whose cause is
     * given, or NULL. */
    struct session *(*open_session)(void *arg, process_t *process, struct spawn_request *request,
                                    struct ph_error *err);
    bool (*ask_to_stop)(struct session *session);
    void (*close_session)(struct session **session_p, const char *cause);
    void *session_arg;
};

/* What a process needs of its watcher. Everything is borrowed. */
struct process_owner {
    const struct process_host *host;
    const struct watcher_options *options;
    spawn_plan_t *plan;
    output_t *output;

    /* Called after each change of the state, after each death, and when it has reached max_age. */
    void (*on_change)(void *arg, process_t *process, enum process_state before);
    void (*on_death)(void *arg, const struct death *death);
    void (*on_age)(void *arg, process_t *process);
    void *arg;
};

/* What `status` tells. */
struct process_report {
    int wid;
    enum process_state state;
    pid_t pid;          /* 0: there is no child */
    int64_t uptime_ms;  /* of the child */
    unsigned attempt;   /* deaths in a row */
    int64_t retry_ms;   /* until the next try; -1: none is set */
    unsigned restarts;  /* children started after a death, ever */
    const char *cause;  /* of the last death; NULL: there was none */
    const char *text;   /* what it says of itself by STATUS=; NULL: nothing */
    int64_t silence_ms; /* since its last sign of life; -1: it has no watchdog */
};

/* Makes a stopped process, number `wid` (from 1) of its watcher. All is borrowed. */
process_t *process_new(const struct process_owner *owner, int wid);

/* Frees `*self_p` and sets it to NULL. A child that still lives is killed. `*self_p` may be
 * NULL. */
void process_destroy(process_t **self_p);

/* These ask for a state and return at once; the loop does the rest. A restart of a stopped process
 * starts it. A kill is a restart with a signal and a time of its own. `reason` is for events and
 * the log. */
void process_start(process_t *self, const char *reason);
void process_stop(process_t *self, const char *reason);
void process_restart(process_t *self, const char *reason);
void process_kill(process_t *self, const struct stop_way *way, const char *reason);

/* Takes back process_let_go, or that it has done its work. */
void process_renew(process_t *self);

/* From now on its end is not answered by a restart, whatever the options say. */
void process_let_go(process_t *self);

/* Its watcher's max_age has changed. */
void process_renew_age(process_t *self);

/* Sends a signal to the child, if there is one, once the hook before it agrees; and publishes
 * that. */
void process_signal(process_t *self, int number, const char *reason);

/* Forgets the deaths in a row: one that waits for its next try is tried at once. */
void process_reset(process_t *self, const char *reason);

/* It says that it is ready; or something of itself by NOTIFY_SOCKET; or a plugin, that it cannot
 * run: then `reason` is the cause of its death. */
void process_set_ready(process_t *self, const char *how);
/* Signs of life: watchdog.h. */
void process_show_life(process_t *self);
void process_take_heartbeat(process_t *self, int64_t busy_ms);
void process_take_message(process_t *self, const struct notify_message *message);
void process_set_failure(process_t *self, const char *reason);

enum process_state process_state(const process_t *self);
int process_wid(const process_t *self);
pid_t process_pid(const process_t *self);
const char *process_watcher_name(const process_t *self);
const struct watcher_options *process_options(const process_t *self);
struct session *process_session(const process_t *self);

/* Says whether its end was not answered by a restart; and whether that end was a success. */
bool process_is_done(const process_t *self);
bool process_has_succeeded(const process_t *self);

/* Says whether the child was started with options that are not those of its watcher any more. */
bool process_is_outdated(const process_t *self);

/* What stats_read keeps between two looks at the child, and at all that descends from it. */
struct stats_sample *process_sample(process_t *self);
struct stats_sample *process_children_sample(process_t *self);

void process_get_report(const process_t *self, struct process_report *report);
