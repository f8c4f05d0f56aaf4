#include "timers.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

struct timer {
    int64_t due;
    uint64_t serial; /* counts how often one was put here: what is put during a run waits */
    int id;
    int period_ms;
    ph_timer_fn *function;
    void *arg;
};

/* The latest first, so that the next one is taken from the end. */
struct timers {
    struct timer *items;
    size_t count, room;
    uint64_t last_serial;
    int last_id;
};

timers_t *timers_new(void)
{
    return ph_calloc(1, sizeof(struct timers));
}

void timers_destroy(timers_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->items);
    free(*self_p);
    *self_p = NULL;
}

/* Returns the place of a timer that is due at that time: before those of the same time, as it came
 * later. */
static size_t find_place(const timers_t *self, int64_t due)
{
    size_t low = 0, high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->items[middle].due > due)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void put(timers_t *self, struct timer timer)
{
    if (self->count == self->room) {
        self->room = self->room ? 2 * self->room : 4;
        self->items = ph_realloc_array(self->items, self->room, sizeof *self->items);
    }
    timer.serial = ++self->last_serial;
    size_t place = find_place(self, timer.due);
    memmove(&self->items[place + 1], &self->items[place],
            (self->count - place) * sizeof *self->items);
    self->items[place] = timer;
    self->count++;
}

static bool has_id(const timers_t *self, int id)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].id == id)
            return true;
    return false;
}

static int next_id(timers_t *self)
{
    do
        self->last_id = self->last_id == INT32_MAX ? 1 : self->last_id + 1;
    while (self->last_serial > INT32_MAX && has_id(self, self->last_id));
    return self->last_id;
}

int timers_add(timers_t *self, const struct timer_spec *spec)
{
    int id = next_id(self);
    put(self, (struct timer){.due = spec->due,
                             .id = id,
                             .period_ms = spec->period_ms,
                             .function = spec->function,
                             .arg = spec->arg});
    return id;
}

void timers_cancel(timers_t *self, int id)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].id != id)
            continue;
        self->count--;
        memmove(&self->items[i], &self->items[i + 1], (self->count - i) * sizeof *self->items);
        return;
    }
}

/* The next time is one of the regular ones, the first that is not over. */
static void put_again(timers_t *self, struct timer timer, int64_t now)
{
    int64_t missed = (now - timer.due) / timer.period_ms;
    timer.due += (missed + 1) * timer.period_ms;
    put(self, timer);
}

void timers_run(timers_t *self, ph_plugin_t *plugin, int64_t now)
{
    uint64_t last = self->last_serial;
    for (size_t i = self->count; i-- > 0 && self->items[i].due <= now;) {
        struct timer timer = self->items[i];
        if (timer.serial > last)
            continue;
        timers_cancel(self, timer.id);
        if (timer.period_ms > 0)
            put_again(self, timer, now);
        timer.function(plugin, timer.arg);
        i = self->count; /* the function may have changed everything */
    }
}

int64_t timers_deadline(const timers_t *self)
{
    return self->count > 0 ? self->items[self->count - 1].due : -1;
}
