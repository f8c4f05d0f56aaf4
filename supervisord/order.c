#include "order.h"

#include "order_needs.h"

#include <alloc.h>
#include <stdlib.h>

struct order {
    loop_t *loop;
    int64_t warmup_ms;
    order_settled_fn *on_settled;
    void *arg;
    struct timer warmup_timer; /* runs: nothing is started until then */
    struct order_entries all;
    bool is_ending;
    bool is_going_on; /* the work is under way already: no need to begin it again */
    bool has_news;
};

static void go_on(order_t *self);

static void on_warm(void *arg)
{
    go_on(arg);
}

order_t *order_new(loop_t *loop, int64_t warmup_ms, order_settled_fn *on_settled, void *arg)
{
    order_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->warmup_ms = warmup_ms;
    self->on_settled = on_settled;
    self->arg = arg;
    self->warmup_timer = (struct timer){.fire = on_warm, .arg = self};
    order_entries_init(&self->all);
    return self;
}

void order_destroy(order_t **self_p)
{
    order_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(loop_timers(self->loop), &self->warmup_timer);
    order_entries_release(&self->all);
    free(self);
    *self_p = NULL;
}

/* ---- the watchers ---- */

static struct order_entry *entry_of(const order_t *self, const watcher_t *watcher)
{
    return order_entries_find(&self->all, watcher_name(watcher));
}

void order_add(order_t *self, watcher_t *watcher)
{
    order_entries_add(&self->all, watcher);
}

void order_remove(order_t *self, watcher_t *watcher)
{
    order_entries_remove(&self->all, entry_of(self, watcher));
    go_on(self); /* somebody may wait for what is no more */
}

void order_renew(order_t *self, const watcher_t *watcher)
{
    order_entries_renew(&self->all, entry_of(self, watcher));
    go_on(self);
}

void order_set_warmup(order_t *self, int64_t warmup_ms)
{
    self->warmup_ms = warmup_ms;
}

watcher_t *order_find(const order_t *self, const char *name)
{
    struct order_entry *entry = order_entries_find(&self->all, name);
    return entry ? entry->watcher : NULL;
}

watcher_t *order_find_requiring(const order_t *self, const watcher_t *watcher)
{
    const struct order_entry *entry = entry_of(self, watcher);
    for (size_t i = 0; self->all.has_needs && i < self->all.count; i++)
        if (order_needs_requires(&self->all, self->all.items[i], entry))
            return self->all.items[i]->watcher;
    return NULL;
}

/* ---- starting ---- */

static void set_step(order_t *self, struct order_entry *entry, enum order_step step,
                     const char *reason)
{
    order_entries_set_step(&self->all, entry, step, reason);
}

static void set_starts_again(order_t *self, struct order_entry *entry, bool starts_again)
{
    order_entries_set_starts_again(&self->all, entry, starts_again);
}

static void add_start(order_t *self, struct order_entry *entry, const char *reason);

static void add_needed(order_t *self, char *const *names, const struct order_entry *by)
{
    for (; names && *names; names++) {
        struct order_entry *entry = order_entries_find(&self->all, *names);
        if (!entry || entry->step == STEP_START || watcher_is_wanted(entry->watcher) ||
            watcher_is_ready(entry->watcher))
            continue;
        ph_cleanup(ph_freep) char *reason = ph_format("'%s' needs it", watcher_name(by->watcher));
        add_start(self, entry, reason);
    }
}

/* A start takes along what the watcher requires or wants. */
static void add_start(order_t *self, struct order_entry *entry, const char *reason)
{
    set_step(self, entry, STEP_START, reason);
    add_needed(self, watcher_options(entry->watcher)->requires, entry);
    add_needed(self, watcher_options(entry->watcher)->wants, entry);
}

static void start_entry(order_t *self, struct order_entry *entry)
{
    ph_cleanup(ph_freep) char *reason = ph_strdup(entry->reason);
    set_step(self, entry, STEP_NONE, NULL);
    watcher_start(entry->watcher, reason);
    if (self->warmup_ms > 0)
        timers_start(loop_timers(self->loop), &self->warmup_timer, self->warmup_ms);
}

static void try_to_start(order_t *self, struct order_entry *entry)
{
    struct order_obstacle obstacle = order_needs_find_obstacle(&self->all, entry);
    if (!obstacle.entry) {
        start_entry(self, entry);
        return;
    }
    const watcher_t *other = obstacle.entry->watcher;
    ph_cleanup(ph_freep) char *text =
        ph_format("waits for '%s', which is %s", watcher_name(other), watcher_status(other));
    watcher_wait(entry->watcher, text, obstacle.is_hopeless);
}

static void go_on_starting(order_t *self)
{
    for (size_t i = 0; self->all.in_step[STEP_START] > 0 && i < self->all.count; i++)
        if (self->all.items[i]->step == STEP_START && self->warmup_timer.place == 0)
            try_to_start(self, self->all.items[i]);
}

/* ---- stopping ---- */

static void stop_entry(order_t *self, struct order_entry *entry)
{
    ph_cleanup(ph_freep) char *reason = ph_strdup(entry->reason);
    set_step(self, entry, STEP_STOPPING, reason);
    if (self->is_ending)
        watcher_end(entry->watcher, reason);
    else
        watcher_stop(entry->watcher, reason);
}

/* A stop is over when the watcher is down, or when a hook refused it. */
static void take_stopped(order_t *self, struct order_entry *entry)
{
    bool is_over = watcher_is_down(entry->watcher) || watcher_is_wanted(entry->watcher);
    if (!is_over)
        return;
    ph_cleanup(ph_freep) char *reason = ph_strdup(entry->reason);
    bool starts_again = entry->starts_again && !watcher_is_wanted(entry->watcher);
    set_starts_again(self, entry, false);
    set_step(self, entry, STEP_NONE, NULL);
    if (starts_again)
        add_start(self, entry, reason);
}

/* Returns the lowest priority of those that are to be stopped or are stopping. */
static int64_t lowest_priority(const order_t *self)
{
    for (size_t i = self->all.count; i > 0; i--)
        if (order_entry_is_going(self->all.items[i - 1]))
            return self->all.items[i - 1]->priority;
    return INT64_MAX;
}

static bool may_be_stopped(const order_t *self, const struct order_entry *entry, int64_t lowest)
{
    return entry->step == STEP_STOP && entry->priority <= lowest &&
           !order_needs_has_follower(&self->all, entry);
}

static void go_on_stopping(order_t *self)
{
    for (size_t i = 0; self->all.in_step[STEP_STOPPING] > 0 && i < self->all.count; i++)
        if (self->all.items[i]->step == STEP_STOPPING)
            take_stopped(self, self->all.items[i]);
    if (self->all.in_step[STEP_STOP] == 0)
        return;
    int64_t lowest = lowest_priority(self);
    for (size_t i = self->all.count; self->all.in_step[STEP_STOP] > 0 && i > 0; i--)
        if (may_be_stopped(self, self->all.items[i - 1], lowest))
            stop_entry(self, self->all.items[i - 1]);
}

/* ---- going on ---- */

/* What is done here changes watchers, which calls this again: then there is news to go over. */
static void go_on(order_t *self)
{
    self->has_news = true;
    if (self->is_going_on)
        return;
    self->is_going_on = true;
    while (self->has_news && !order_is_idle(self)) {
        self->has_news = false;
        go_on_stopping(self);
        go_on_starting(self);
    }
    self->is_going_on = false;
    self->on_settled(self->arg);
}

/* Says whether some have not been told what to do. */
static bool is_waiting(const order_t *self)
{
    return self->all.in_step[STEP_START] > 0 || self->all.in_step[STEP_STOP] > 0;
}

bool order_is_idle(const order_t *self)
{
    return !is_waiting(self) && self->all.in_step[STEP_STOPPING] == 0;
}

/* As long as nobody waits, only the watcher itself has to be looked at. */
void order_note(order_t *self, watcher_t *watcher)
{
    if (order_is_idle(self))
        return;
    struct order_entry *entry = !is_waiting(self) ? entry_of(self, watcher) : NULL;
    if (entry && entry->watcher == watcher && entry->step == STEP_STOPPING)
        take_stopped(self, entry);
    if (is_waiting(self))
        go_on(self);
}

bool order_is_settled(const order_t *self, const watcher_t *watcher)
{
    const struct order_entry *entry = entry_of(self, watcher);
    return !entry || entry->step == STEP_NONE ||
           (entry->step == STEP_START && watcher_is_settled(watcher));
}

bool order_is_to_start(const order_t *self, const watcher_t *watcher)
{
    const struct order_entry *entry = entry_of(self, watcher);
    return entry && entry->step == STEP_START;
}

bool order_is_restarting(const order_t *self, const watcher_t *watcher)
{
    const struct order_entry *entry = entry_of(self, watcher);
    return watcher_starts_again(watcher) || (entry && order_entry_is_restarting(entry));
}

/* ---- what is asked for ---- */

static void plan_start(order_t *self, struct order_entry *entry, const char *reason)
{
    watcher_count_request(entry->watcher);
    set_starts_again(self, entry, false);
    add_start(self, entry, reason);
}

/* A watcher that is requested to stop takes those along that require it. */
static void plan_stop(order_t *self, struct order_entry *entry, bool starts_again,
                      const char *reason)
{
    bool is_planned = order_entry_is_going(entry);
    if (is_planned && entry->starts_again == starts_again)
        return;
    set_starts_again(self, entry, starts_again); /* what is asked for last counts */
    watcher_count_request(entry->watcher);
    if (!is_planned)
        set_step(self, entry, STEP_STOP, reason);
    for (size_t i = 0; self->all.has_needs && i < self->all.count; i++) {
        struct order_entry *other = self->all.items[i];
        bool is_concerned = watcher_is_wanted(other->watcher) || other->starts_again;
        if (is_concerned && order_needs_requires(&self->all, other, entry))
            plan_stop(self, other, starts_again, reason);
    }
}

void order_start(order_t *self, watcher_t *const *watchers, size_t count, const char *reason)
{
    for (size_t i = 0; i < count; i++)
        plan_start(self, entry_of(self, watchers[i]), reason);
    go_on(self);
}

void order_stop(order_t *self, watcher_t *const *watchers, size_t count, const char *reason)
{
    for (size_t i = 0; i < count; i++)
        plan_stop(self, entry_of(self, watchers[i]), false, reason);
    go_on(self);
}

void order_restart(order_t *self, watcher_t *const *watchers, size_t count, const char *reason)
{
    for (size_t i = 0; i < count; i++)
        plan_stop(self, entry_of(self, watchers[i]), true, reason);
    go_on(self);
}

void order_end(order_t *self, const char *reason)
{
    self->is_ending = true;
    for (size_t i = 0; i < self->all.count; i++) {
        set_starts_again(self, self->all.items[i], false);
        set_step(self, self->all.items[i], STEP_STOP, reason);
    }
    go_on(self);
}
