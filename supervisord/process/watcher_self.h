/* watcher_self.h - what the files of the watcher share; for nobody else. */
#pragma once

#include "rolling.h"
#include "stats_ticker.h"
#include "watcher.h"

/* What a watcher itself is about; its processes have states of their own. */
enum phase {
    PHASE_NONE,
    PHASE_WAITING,      /* for others to be ready */
    PHASE_BEFORE_START, /* a hook runs */
    PHASE_WARMING_UP,   /* more processes will be started */
    PHASE_BEFORE_STOP,  /* a hook runs */
};

struct watcher {
    struct watcher_options options;
    struct process_owner owner;
    watcher_change_fn *on_change;
    void *arg;
    slots_t *slots;
    struct rolling rolling;

    enum phase phase;
    bool is_wanted;
    bool is_announced;  /* a start event was published, and no stop event since */
    bool is_active;     /* it has come up since the start event */
    bool is_ready;      /* it came up since the last start */
    bool starts_again;  /* a restart: the stop under way is followed by a start */
    bool has_completed; /* it ended by itself since the last start */
    bool is_hopeless;   /* what it waits for will not come by itself */
    struct timer warmup_timer;
    struct stats_ticker stats;
    unsigned generation;
    char *reason; /* of the start or stop under way */
    char *waits_for;
    char *failure;

    struct death_log deaths;
};

/* Says whether one of its processes is not stopped. */
bool watcher_has_processes(const watcher_t *self);

/* The number of processes in the options is another one now. */
void watcher_take_number(watcher_t *self, const char *reason);
