#include "slots.h"

#include <alloc.h>
#include <assert.h>
#include <stdlib.h>

struct slots {
    const struct process_owner *owner;
    struct slot **by_wid; /* number 1 first; NULL where none is */
    size_t room;
    size_t first_free; /* none before it is */
    size_t total, staying;
    size_t in_state[PROCESS_STATE_COUNT];
    struct timer tidy_timer; /* a process cannot be freed from within its own change */
};

static void remove_slot(slots_t *self, size_t index)
{
    struct slot *slot = self->by_wid[index];
    if (slot->heir)
        slot->heir->elder = NULL;
    if (slot->elder)
        slot->elder->heir = NULL;
    self->total--;
    self->staying -= !slot->is_leaving;
    self->in_state[process_state(slot->process)]--;
    process_destroy(&slot->process);
    free(slot);
    self->by_wid[index] = NULL;
    if (index < self->first_free)
        self->first_free = index;
}

static void tidy(void *arg)
{
    slots_t *self = arg;
    for (size_t i = 0; i < self->room; i++) {
        struct slot *slot = self->by_wid[i];
        if (slot && slot->is_leaving && process_state(slot->process) == PROCESS_STOPPED)
            remove_slot(self, i);
    }
}

slots_t *slots_new(const struct process_owner *owner)
{
    slots_t *self = ph_calloc(1, sizeof *self);
    self->owner = owner;
    self->tidy_timer = (struct timer){.fire = tidy, .arg = self};
    return self;
}

void slots_destroy(slots_t **self_p)
{
    slots_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(loop_timers(self->owner->host->loop), &self->tidy_timer);
    for (size_t i = 0; i < self->room; i++)
        if (self->by_wid[i])
            remove_slot(self, i);
    free(self->by_wid);
    free(self);
    *self_p = NULL;
}

static size_t find_free(slots_t *self)
{
    size_t index = self->first_free;
    while (index < self->room && self->by_wid[index])
        index++;
    if (index == self->room) {
        size_t room = self->room < 4 ? self->room + 1 : 2 * self->room;
        self->by_wid = ph_realloc_array(self->by_wid, room, sizeof(struct slot *));
        for (size_t i = self->room; i < room; i++)
            self->by_wid[i] = NULL;
        self->room = room;
    }
    self->first_free = index + 1;
    return index;
}

struct slot *slots_add(slots_t *self)
{
    size_t index = find_free(self);
    struct slot *slot = ph_calloc(1, sizeof *slot);
    slot->process = process_new(self->owner, (int)index + 1);
    self->by_wid[index] = slot;
    self->total++;
    self->staying++;
    self->in_state[PROCESS_STOPPED]++;
    return slot;
}

void slots_dismiss(slots_t *self, struct slot *slot, const char *reason)
{
    if (slot->is_leaving)
        return;
    slot->is_leaving = true;
    self->staying--;
    if (process_state(slot->process) == PROCESS_STOPPED)
        timers_start(loop_timers(self->owner->host->loop), &self->tidy_timer, 0);
    else
        process_stop(slot->process, reason);
}

struct slot *slots_note(slots_t *self, process_t *process, enum process_state before)
{
    struct slot *slot = slots_find(self, process_wid(process));
    enum process_state now = process_state(process);
    assert(slot); /* every process is one of ours */
    self->in_state[before]--;
    self->in_state[now]++;
    if (slot->is_leaving && now == PROCESS_STOPPED)
        timers_start(loop_timers(self->owner->host->loop), &self->tidy_timer, 0);
    return slot;
}

struct slot *slots_next(const slots_t *self, const struct slot *previous)
{
    size_t index = previous ? (size_t)process_wid(previous->process) : 0;
    while (index < self->room && !self->by_wid[index])
        index++;
    return index < self->room ? self->by_wid[index] : NULL;
}

struct slot *slots_find(const slots_t *self, int wid)
{
    return wid >= 1 && (size_t)wid <= self->room ? self->by_wid[wid - 1] : NULL;
}

/* ---- all of them ---- */

static struct slot *last_staying(const slots_t *self)
{
    for (size_t i = self->room; i > 0; i--)
        if (self->by_wid[i - 1] && !self->by_wid[i - 1]->is_leaving)
            return self->by_wid[i - 1];
    return NULL;
}

void slots_resize(slots_t *self, size_t count, const char *reason)
{
    while (self->staying < count)
        slots_add(self);
    while (self->staying > count)
        slots_dismiss(self, last_staying(self), reason);
}

struct slot *slots_next_idle(const slots_t *self, struct slot *slot)
{
    while ((slot = slots_next(self, slot)))
        if (!slot->is_leaving && process_state(slot->process) == PROCESS_STOPPED &&
            !process_is_done(slot->process))
            return slot;
    return NULL;
}

void slots_revive_all(slots_t *self, const char *reason)
{
    struct slot *slot = NULL;
    while ((slot = slots_next(self, slot))) {
        if (process_state(slot->process) == PROCESS_STOPPED)
            process_renew(slot->process);
        else if (!slot->is_leaving)
            process_start(slot->process, reason);
    }
}

void slots_stop_all(slots_t *self, const char *reason)
{
    struct slot *slot = NULL;
    while ((slot = slots_next(self, slot)))
        process_stop(slot->process, reason);
}

void slots_reset_all(slots_t *self, const char *reason)
{
    struct slot *slot = NULL;
    while ((slot = slots_next(self, slot)))
        process_reset(slot->process, reason);
}

void slots_let_go_all(slots_t *self)
{
    struct slot *slot = NULL;
    while ((slot = slots_next(self, slot)))
        process_let_go(slot->process);
}

void slots_renew_ages(slots_t *self)
{
    struct slot *slot = NULL;
    while ((slot = slots_next(self, slot)))
        process_renew_age(slot->process);
}

void slots_signal_all(slots_t *self, int number, const char *reason)
{
    struct slot *slot = NULL;
    while ((slot = slots_next(self, slot)))
        process_signal(slot->process, number, reason);
}

process_t *slots_next_process(const slots_t *self, const process_t *previous)
{
    struct slot *slot = previous ? slots_find(self, process_wid(previous)) : NULL;
    do
        slot = slots_next(self, slot);
    while (slot && slot->is_leaving && process_state(slot->process) == PROCESS_STOPPED);
    return slot ? slot->process : NULL;
}

const char *slots_reason(const slots_t *self)
{
    const char *reason = NULL;
    process_t *process = NULL;
    while ((process = slots_next_process(self, process))) {
        struct process_report report;
        process_get_report(process, &report);
        if (report.cause && (!reason || report.state != PROCESS_RUNNING))
            reason = report.cause;
    }
    return reason;
}

size_t slots_total(const slots_t *self)
{
    return self->total;
}

size_t slots_staying(const slots_t *self)
{
    return self->staying;
}

size_t slots_in_state(const slots_t *self, enum process_state state)
{
    return self->in_state[state];
}
