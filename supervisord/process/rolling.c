#include "rolling.h"

#include <alloc.h>
#include <stdlib.h>

static bool has_child(const struct slot *slot)
{
    return process_pid(slot->process) > 0 && process_state(slot->process) != PROCESS_STOPPING;
}

static void give_heir(struct rolling *self, struct slot *slot)
{
    slot->heir = slots_add(self->slots);
    slot->heir->elder = slot;
    process_let_go(slot->heir->process); /* if it dies, it is given up, not restarted */
    process_start(slot->heir->process, self->reason);
}

/* Gives a successor to all that are old, or to the first. */
static void go_on(struct rolling *self)
{
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot)) {
        if (!slot->is_old)
            continue;
        if (!slot->heir)
            give_heir(self, slot);
        if (self->is_sequential)
            return;
    }
}

static void mark_old(struct rolling *self, struct slot *slot)
{
    if (slot->is_old)
        return;
    slot->is_old = true;
    self->pending++;
}

void rolling_begin(struct rolling *self, bool is_sequential, const char *reason)
{
    ph_replace_text(&self->reason, reason);
    ph_replace_text(&self->failure, NULL);
    self->is_sequential = is_sequential;
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot)) {
        if (slot->is_leaving || slot->elder)
            continue;
        if (has_child(slot))
            mark_old(self, slot);
        else
            process_restart(slot->process, reason);
    }
    go_on(self);
}

void rolling_replace(struct rolling *self, struct slot *slot, const char *reason)
{
    if (slot->is_leaving || slot->is_old)
        return;
    ph_replace_text(&self->reason, reason);
    mark_old(self, slot);
    go_on(self);
}

static void forget_old(struct rolling *self, struct slot *slot)
{
    if (!slot->is_old)
        return;
    slot->is_old = false;
    self->pending--;
}

/* The successor runs: the old one may go, and is no longer connected with it. */
static enum rolling_news take_over(struct rolling *self, struct slot *heir)
{
    struct slot *elder = heir->elder;
    heir->elder = NULL;
    elder->heir = NULL;
    process_renew(heir->process);
    forget_old(self, elder);
    slots_dismiss(self->slots, elder, self->reason);
    if (self->pending == 0)
        return ROLLING_DONE;
    go_on(self);
    return ROLLING_NOTHING;
}

enum rolling_news rolling_note(struct rolling *self, struct slot *slot)
{
    enum process_state state = process_state(slot->process);
    if (slot->elder && !slot->is_leaving) {
        if (state == PROCESS_RUNNING)
            return take_over(self, slot);
        if (state != PROCESS_SPAWNING && state != PROCESS_STARTING) {
            struct process_report report;
            process_get_report(slot->process, &report);
            ph_cleanup(ph_freep) char *why =
                ph_format("the new process did not come up: %s",
                          report.cause ? report.cause : "it was stopped");
            rolling_abandon(self, why);
            return ROLLING_FAILED;
        }
    }
    /* An old one that ended by itself has been, or will be, replaced by the watcher. */
    if (slot->is_old && !has_child(slot) && !slot->heir) {
        forget_old(self, slot);
        return self->pending == 0 ? ROLLING_DONE : ROLLING_NOTHING;
    }
    return ROLLING_NOTHING;
}

void rolling_abandon(struct rolling *self, const char *reason)
{
    if (self->pending > 0)
        ph_replace_text(&self->failure, reason);
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot)) {
        forget_old(self, slot);
        if (!slot->elder)
            continue;
        slot->elder->heir = NULL;
        slot->elder = NULL;
        slots_dismiss(self->slots, slot, reason);
    }
}

void rolling_release(struct rolling *self)
{
    free(self->reason);
    free(self->failure);
}
