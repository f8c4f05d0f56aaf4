#include "stats_ticker.h"

#include "stats_view.h"

#include <alloc.h>

static void write_processes(const struct stats_ticker *self, ph_writer_t *fields,
                            const proctable_t *table)
{
    struct stats_view view = {.table = table};
    ph_writer_map(fields, "info");
    for (struct slot *slot = slots_next(self->slots, NULL); slot;
         slot = slots_next(self->slots, slot)) {
        pid_t pid = process_pid(slot->process);
        ph_cleanup(ph_freep) char *key = ph_format("%d", (int)pid);
        if (pid > 0)
            stats_view_write(&view, fields, key, slot->process);
    }
    ph_writer_end(fields);
}

static void tick(void *arg)
{
    struct stats_ticker *self = arg;
    if (slots_in_state(self->slots, PROCESS_STOPPED) == slots_total(self->slots))
        return;
    ph_cleanup(proctable_destroy) proctable_t *table = proctable_new(NULL);
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    if (table) {
        write_processes(self, fields, table);
        bus_publish(self->owner->host->bus, EVENT_STATS, self->owner->options->name, fields,
                    "statistics");
    }
    stats_ticker_start(self);
}

void stats_ticker_init(struct stats_ticker *self, const struct process_owner *owner,
                       const slots_t *slots)
{
    *self =
        (struct stats_ticker){.owner = owner, .slots = slots, .timer = {.fire = tick, .arg = self}};
}

void stats_ticker_start(struct stats_ticker *self)
{
    int64_t interval_ms = self->owner->options->stats_interval_ms;
    if (interval_ms > 0 && self->timer.place == 0)
        timers_start(loop_timers(self->owner->host->loop), &self->timer, interval_ms);
}

void stats_ticker_stop(struct stats_ticker *self)
{
    timers_cancel(loop_timers(self->owner->host->loop), &self->timer);
}
