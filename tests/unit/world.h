/* world.h - what watchers need around them, and a loop that the test runs once. */
#pragma once

#include <host.h>
#include <watchers.h>

/* Zero it; `on_change`, `on_settled` and `on_removal`, if set before world_init, are those of the
 * watchers. */
struct world {
    loop_t *loop;
    bus_t *bus;
    host_t *host;
    watchers_t *watchers;
    struct configuration configuration;
    watcher_change_fn *on_change;
    void (*on_settled)(void *arg);
    void (*on_removal)(void *arg, watcher_t *watcher);
    void *arg; /* of all three */

    bool (*is_over)(void *arg);
    void *is_over_arg;
    bool has_come; /* what the test waits for */
    int64_t deadline;
    struct timer timer;
};

/* Makes the watchers of a configuration, given as its text; all of them are stopped. */
void world_init(struct world *self, const char *text);
void world_release(struct world *self);

/* Returns a watcher by its name, or a process host. */
watcher_t *world_watcher(const struct world *self, const char *name);
const struct process_host *world_host(const struct world *self);

/* Runs the loop until `is_over` says so, which is asked again and again; the test fails when that
 * takes longer than ten seconds. Once in a world. */
void world_run(struct world *self, bool (*is_over)(void *arg), void *arg);
