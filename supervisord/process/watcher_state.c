#include "watcher_self.h"

const char *watcher_name(const watcher_t *self)
{
    return self->options.name;
}

const struct watcher_options *watcher_options(const watcher_t *self)
{
    return &self->options;
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
    static const char *const words[] = {
        [PHASE_WAITING] = "waiting",
        [PHASE_BEFORE_START] = "starting",
        [PHASE_WARMING_UP] = "starting",
        [PHASE_BEFORE_STOP] = "stopping",
    };
    if (self->phase != PHASE_NONE)
        return words[self->phase];
    for (size_t i = 0; i < sizeof by_urgency / sizeof by_urgency[0]; i++)
        if (slots_in_state(self->slots, by_urgency[i].state) > 0)
            return by_urgency[i].word;
    return self->is_wanted && self->options.numprocesses == 0 ? "active" : "stopped";
}

bool watcher_is_settled(const watcher_t *self)
{
    size_t under_way = slots_in_state(self->slots, PROCESS_SPAWNING) +
                       slots_in_state(self->slots, PROCESS_STARTING) +
                       slots_in_state(self->slots, PROCESS_STOPPING);
    if (self->phase == PHASE_WAITING)
        return self->is_hopeless;
    return self->phase == PHASE_NONE && under_way == 0 && self->rolling.pending == 0 &&
           !self->starts_again;
}

bool watcher_is_wanted(const watcher_t *self)
{
    return self->is_wanted;
}

bool watcher_is_outdated(const watcher_t *self)
{
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot))
        if (process_is_outdated(slot->process))
            return true;
    return false;
}

bool watcher_has_processes(const watcher_t *self)
{
    return slots_in_state(self->slots, PROCESS_STOPPED) < slots_total(self->slots);
}

bool watcher_is_up(const watcher_t *self)
{
    return self->is_wanted && self->phase == PHASE_NONE &&
           slots_in_state(self->slots, PROCESS_RUNNING) == slots_staying(self->slots);
}

bool watcher_is_down(const watcher_t *self)
{
    return !watcher_has_processes(self) && !self->starts_again &&
           (self->phase == PHASE_NONE || self->phase == PHASE_WAITING);
}

bool watcher_is_waiting(const watcher_t *self)
{
    return self->phase == PHASE_WAITING;
}

bool watcher_starts_again(const watcher_t *self)
{
    return self->starts_again;
}

bool watcher_has_completed(const watcher_t *self)
{
    return self->has_completed;
}

bool watcher_is_ready(const watcher_t *self)
{
    return self->is_ready;
}

unsigned watcher_generation(const watcher_t *self)
{
    return self->generation;
}

void watcher_count_request(watcher_t *self)
{
    self->generation++;
}

size_t watcher_numprocesses(const watcher_t *self)
{
    return (size_t)self->options.numprocesses;
}

size_t watcher_running(const watcher_t *self)
{
    return slots_in_state(self->slots, PROCESS_RUNNING);
}

process_t *watcher_next_process(const watcher_t *self, const process_t *previous)
{
    return slots_next_process(self->slots, previous);
}

process_t *watcher_find_process(const watcher_t *self, pid_t pid)
{
    process_t *process = NULL;
    while ((process = slots_next_process(self->slots, process)))
        if (process_pid(process) == pid)
            return process;
    return NULL;
}

const char *watcher_reason(const watcher_t *self)
{
    if (self->phase == PHASE_WAITING)
        return self->waits_for;
    const char *failure = watcher_failure(self);
    return failure ? failure : slots_reason(self->slots);
}

const char *watcher_failure(const watcher_t *self)
{
    return self->failure ? self->failure : self->rolling.failure;
}

const struct death *watcher_death(const watcher_t *self, size_t index)
{
    return death_log_at(&self->deaths, index);
}

const char *const *watcher_sockets(const watcher_t *self)
{
    return spawn_plan_sockets(self->owner.plan);
}

output_t *watcher_output(const watcher_t *self)
{
    return self->owner.output;
}
