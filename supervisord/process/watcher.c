#include "watcher.h"

#include <alloc.h>
#include <stdlib.h>

struct watcher {
    struct watcher_options options;
    struct process_host host;
    watcher_change_fn *on_change;
    void *arg;
    process_t **processes;
    size_t count;
    bool is_wanted;
    bool is_announced; /* a start event was published, and no stop event since */
    unsigned generation;
    char *stop_reason;
};

static void publish(watcher_t *self, enum event_kind kind, const char *reason)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "reason", reason);
    ph_cleanup(ph_freep) char *text =
        ph_format("%s: %s", kind == EVENT_START ? "starting" : "stopped", reason);
    bus_publish(self->host.bus, kind, self->options.name, fields, text);
}

static void on_process_change(void *arg, process_t *process)
{
    (void)process;
    watcher_t *self = arg;
    if (self->is_announced && !self->is_wanted && watcher_is_down(self)) {
        self->is_announced = false;
        publish(self, EVENT_STOP, self->stop_reason);
    }
    self->on_change(self->arg, self);
}

watcher_t *watcher_new(struct watcher_options *options, const struct process_host *host,
                       watcher_change_fn *on_change, void *arg)
{
    watcher_t *self = ph_calloc(1, sizeof *self);
    self->options = *options;
    *options = (struct watcher_options){0};
    self->host = *host;
    self->host.on_change = on_process_change;
    self->host.arg = self;
    self->on_change = on_change;
    self->arg = arg;
    self->count = (size_t)self->options.numprocesses;
    self->processes = ph_calloc(self->count, sizeof(process_t *));
    for (size_t i = 0; i < self->count; i++)
        self->processes[i] = process_new(&self->options, (int)i + 1, &self->host);
    return self;
}

void watcher_destroy(watcher_t **self_p)
{
    watcher_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        process_destroy(&self->processes[i]);
    free(self->processes);
    free(self->stop_reason);
    watcher_options_release(&self->options);
    free(self);
    *self_p = NULL;
}

static void announce_start(watcher_t *self, const char *reason)
{
    self->is_wanted = true;
    self->generation++;
    if (self->is_announced)
        return;
    self->is_announced = true;
    publish(self, EVENT_START, reason);
}

void watcher_start(watcher_t *self, const char *reason)
{
    announce_start(self, reason);
    for (size_t i = 0; i < self->count; i++)
        process_start(self->processes[i], reason);
}

void watcher_stop(watcher_t *self, const char *reason)
{
    self->is_wanted = false;
    self->generation++;
    free(self->stop_reason);
    self->stop_reason = ph_strdup(reason);
    for (size_t i = 0; i < self->count; i++)
        process_stop(self->processes[i], reason);
}

void watcher_restart(watcher_t *self, const char *reason)
{
    announce_start(self, reason);
    for (size_t i = 0; i < self->count; i++)
        process_restart(self->processes[i], reason);
}

const char *watcher_name(const watcher_t *self)
{
    return self->options.name;
}

const struct watcher_options *watcher_options(const watcher_t *self)
{
    return &self->options;
}

static size_t count_in_state(const watcher_t *self, enum process_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += process_state(self->processes[i]) == state;
    return count;
}

const char *watcher_status(const watcher_t *self)
{
    static const struct {
        enum process_state state;
        const char *word;
    } by_urgency[] = {
        {PROCESS_STOPPING, "stopping"}, {PROCESS_FAILED, "failed"},
        {PROCESS_BACKOFF, "backoff"},   {PROCESS_SPAWNING, "starting"},
        {PROCESS_STARTING, "starting"}, {PROCESS_RUNNING, "active"},
    };
    for (size_t i = 0; i < sizeof by_urgency / sizeof by_urgency[0]; i++)
        if (count_in_state(self, by_urgency[i].state) > 0)
            return by_urgency[i].word;
    return "stopped";
}

bool watcher_is_settled(const watcher_t *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (!process_is_settled(self->processes[i]))
            return false;
    return true;
}

bool watcher_is_up(const watcher_t *self)
{
    return count_in_state(self, PROCESS_RUNNING) == self->count;
}

bool watcher_is_down(const watcher_t *self)
{
    return count_in_state(self, PROCESS_STOPPED) == self->count;
}

unsigned watcher_generation(const watcher_t *self)
{
    return self->generation;
}

size_t watcher_process_count(const watcher_t *self)
{
    return self->count;
}

process_t *watcher_process(const watcher_t *self, size_t index)
{
    return self->processes[index];
}

const char *watcher_reason(const watcher_t *self)
{
    const char *reason = NULL;
    for (size_t i = 0; i < self->count; i++) {
        struct process_report report;
        process_get_report(self->processes[i], &report);
        if (report.cause && (!reason || report.state != PROCESS_RUNNING))
            reason = report.cause;
    }
    return reason;
}
