#include "shutdown.h"

#include <alloc.h>
#include <stdlib.h>
#include <unistd.h>

enum { ORPHANS_PATIENCE_MS = 5000 };

static void on_orphans_gone(void *arg)
{
    const struct shutdown *self = arg;
    loop_end(self->host->loop);
}

/* The watchers are gone, and the last hooks have run; whatever they left behind goes now. */
static void on_hooks_done(void *arg)
{
    struct shutdown *self = arg;
    orphans_kill_all(self->host->orphans, &self->orphans_wait, ORPHANS_PATIENCE_MS);
}

static void on_timer(void *arg)
{
    struct shutdown *self = arg;
    hook_await_all(self->host->hooks, on_hooks_done, self);
}

void shutdown_init(struct shutdown *self, const struct process_host *host, watchers_t *watchers)
{
    *self = (struct shutdown){.host = host,
                              .watchers = watchers,
                              .timer = {.fire = on_timer, .arg = self},
                              .orphans_wait = {.on_gone = on_orphans_gone, .arg = self}};
}

static void publish(const struct shutdown *self)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "pid", getpid());
    ph_writer_string(fields, "reason", self->reason);
    ph_cleanup(ph_freep) char *text = ph_format("ending: %s", self->reason);
    bus_publish(self->host->bus, EVENT_DAEMON_STOP, NULL, fields, text);
}

void shutdown_begin(struct shutdown *self, service_manager_t *manager, const char *reason)
{
    if (self->reason)
        return;
    self->reason = ph_strdup(reason);
    publish(self);
    service_manager_stopping(manager);
    hook_hurry(self->host->hooks);
    watchers_end(self->watchers, reason);
    shutdown_go_on(self);
}

/* The last change of a watcher is no place to end the loop in. */
void shutdown_go_on(struct shutdown *self)
{
    if (self->reason && watchers_are_gone(self->watchers))
        timers_start(loop_timers(self->host->loop), &self->timer, 0);
}

void shutdown_release(struct shutdown *self)
{
    free(self->reason);
}
