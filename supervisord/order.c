#include "order.h"

#include <alloc.h>
#include <czmq.h>
#include <lower.h>
#include <stdlib.h>
#include <string.h>

enum step {
    STEP_NONE,
    STEP_START,    /* to be started once what it needs is ready */
    STEP_STOP,     /* to be stopped once what needs it is gone */
    STEP_STOPPING, /* it was told to */
};

struct entry {
    watcher_t *watcher;
    size_t number;    /* they were added in this order */
    int64_t priority; /* that its place was chosen by */
    enum step step;
    bool starts_again; /* a start follows the stop */
    char *reason;
};

struct order {
    loop_t *loop;
    int64_t warmup_ms;
    order_settled_fn *on_settled;
    void *arg;
    struct timer warmup_timer; /* runs: nothing is started until then */
    struct entry **entries;    /* by priority, the highest first */
    size_t count;
    size_t added;                      /* entries there have been */
    zhashx_t *by_name;                 /* of struct entry, names in small letters */
    size_t in_step[STEP_STOPPING + 1]; /* how many entries; of STEP_NONE it means nothing */
    size_t restarting;                 /* entries with starts_again */
    bool has_needs;                    /* some watcher needs another */
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
    self->by_name = zhashx_new();
    return self;
}

static void free_entry(struct entry *entry)
{
    free(entry->reason);
    free(entry);
}

void order_destroy(order_t **self_p)
{
    order_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(loop_timers(self->loop), &self->warmup_timer);
    for (size_t i = 0; i < self->count; i++)
        free_entry(self->entries[i]);
    free(self->entries);
    zhashx_destroy(&self->by_name);
    free(self);
    *self_p = NULL;
}

/* ---- the watchers ---- */

static int64_t priority_of(const struct entry *entry)
{
    return watcher_options(entry->watcher)->priority;
}

static void note_needs(order_t *self, const struct entry *entry)
{
    const struct watcher_options *options = watcher_options(entry->watcher);
    self->has_needs |= options->requires || options->wants || options->after;
}

static bool has_place_before(const struct entry *entry, const struct entry *other)
{
    if (entry->priority != other->priority)
        return entry->priority > other->priority;
    return entry->number < other->number;
}

/* Puts an entry where its priority says, among equals in the order in which they were added. */
static void place_entry(order_t *self, struct entry *entry)
{
    size_t place = self->count++;
    entry->priority = priority_of(entry);
    for (; place > 0 && has_place_before(entry, self->entries[place - 1]); place--)
        self->entries[place] = self->entries[place - 1];
    self->entries[place] = entry;
}

static void take_out(order_t *self, const struct entry *entry)
{
    size_t place = 0;
    while (self->entries[place] != entry)
        place++;
    for (self->count--; place < self->count; place++)
        self->entries[place] = self->entries[place + 1];
}

void order_add(order_t *self, watcher_t *watcher)
{
    struct entry *entry = ph_calloc(1, sizeof *entry);
    entry->watcher = watcher;
    entry->number = self->added++;
    self->entries = ph_realloc_array(self->entries, self->count + 1, sizeof(struct entry *));
    place_entry(self, entry);
    note_needs(self, entry);
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(watcher_name(watcher)));
    zhashx_insert(self->by_name, key, entry);
}

static struct entry *find_entry(const order_t *self, const char *name)
{
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(name));
    struct entry *found = zhashx_lookup(self->by_name, key);
    if (found)
        return found;
    ph_cleanup(ph_freep) char *plugin = ph_format("plugin:%s", key);
    return zhashx_lookup(self->by_name, plugin);
}

watcher_t *order_find(const order_t *self, const char *name)
{
    struct entry *entry = find_entry(self, name);
    return entry ? entry->watcher : NULL;
}

static void set_starts_again(order_t *self, struct entry *entry, bool starts_again)
{
    self->restarting = self->restarting - entry->starts_again + starts_again;
    entry->starts_again = starts_again;
}

/* Says whether some have not been told what to do. */
static bool is_waiting(const order_t *self)
{
    return self->in_step[STEP_START] > 0 || self->in_step[STEP_STOP] > 0;
}

static void set_step(order_t *self, struct entry *entry, enum step step, const char *reason)
{
    self->in_step[entry->step]--;
    self->in_step[step]++;
    entry->step = step;
    ph_replace_text(&entry->reason, reason);
}

void order_remove(order_t *self, watcher_t *watcher)
{
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(watcher_name(watcher)));
    struct entry *entry = zhashx_lookup(self->by_name, key);
    take_out(self, entry);
    set_starts_again(self, entry, false);
    set_step(self, entry, STEP_NONE, NULL);
    zhashx_delete(self->by_name, key);
    free_entry(entry);
    go_on(self); /* somebody may wait for what is no more */
}

void order_renew(order_t *self, const watcher_t *watcher)
{
    struct entry *entry = find_entry(self, watcher_name(watcher));
    if (entry->priority != priority_of(entry)) {
        take_out(self, entry);
        place_entry(self, entry);
    }
    note_needs(self, entry);
    go_on(self);
}

void order_set_warmup(order_t *self, int64_t warmup_ms)
{
    self->warmup_ms = warmup_ms;
}

/* ---- what they need of each other ---- */

static bool has_name(char *const *names, const order_t *self, const struct entry *other)
{
    for (; names && *names; names++)
        if (find_entry(self, *names) == other)
            return true;
    return false;
}

static bool requires(const order_t *self, const struct entry *entry, const struct entry *other)
{
    return has_name(watcher_options(entry->watcher)->requires, self, other);
}

watcher_t *order_find_requiring(const order_t *self, const watcher_t *watcher)
{
    const struct entry *entry = find_entry(self, watcher_name(watcher));
    for (size_t i = 0; self->has_needs && i < self->count; i++)
        if (requires(self, self->entries[i], entry))
            return self->entries[i]->watcher;
    return NULL;
}

/* Says whether `entry` is started after `other`, and so stopped before it. */
static bool comes_after(const order_t *self, const struct entry *entry, const struct entry *other)
{
    const struct watcher_options *options = watcher_options(entry->watcher);
    return has_name(options->requires, self, other) || has_name(options->wants, self, other) ||
           has_name(options->after, self, other);
}

/* Says whether a watcher is on its way, and may still become ready. */
static bool is_coming(const struct entry *entry)
{
    return entry->step == STEP_START || (watcher_is_wanted(entry->watcher) &&
                                         strcmp(watcher_status(entry->watcher), "failed") != 0);
}

struct obstacle {
    const struct entry *entry; /* what is waited for; NULL: nothing */
    bool is_hopeless;          /* it will not come by itself */
};

/* Finds the first of `names` that is not ready. Who only wants another, or comes after it, does not
 * wait for one that is not coming. */
static struct obstacle find_obstacle(const order_t *self, char *const *names, bool is_required)
{
    for (; names && *names; names++) {
        const struct entry *other = find_entry(self, *names);
        if (!other || watcher_is_ready(other->watcher))
            continue;
        bool is_hopeless = !is_coming(other);
        if (is_required || !is_hopeless)
            return (struct obstacle){other, is_hopeless};
    }
    return (struct obstacle){0};
}

/* Says whether a watcher is still to be stopped, and will be started again then. */
static bool is_restarting(const struct entry *entry)
{
    return (entry->step == STEP_STOP || entry->step == STEP_STOPPING) && entry->starts_again;
}

/* In a restart of several nobody comes back before what it follows has gone and come back. */
static const struct entry *find_restarting(const order_t *self, const struct entry *entry)
{
    for (size_t i = 0; self->restarting > 0 && i < self->count; i++) {
        const struct entry *other = self->entries[i];
        if (is_restarting(other) &&
            (priority_of(other) > priority_of(entry) || comes_after(self, entry, other)))
            return other;
    }
    return NULL;
}

static struct obstacle obstacle_of(const order_t *self, const struct entry *entry)
{
    const struct watcher_options *options = watcher_options(entry->watcher);
    struct obstacle obstacle = {.entry = find_restarting(self, entry)};
    if (!obstacle.entry)
        obstacle = find_obstacle(self, options->requires, true);
    if (!obstacle.entry)
        obstacle = find_obstacle(self, options->wants, false);
    if (!obstacle.entry)
        obstacle = find_obstacle(self, options->after, false);
    return obstacle;
}

/* ---- planning ---- */

static void add_start(order_t *self, struct entry *entry, const char *reason);

static void add_needed(order_t *self, char *const *names, const struct entry *by)
{
    for (; names && *names; names++) {
        struct entry *entry = find_entry(self, *names);
        if (!entry || entry->step == STEP_START || watcher_is_wanted(entry->watcher) ||
            watcher_is_ready(entry->watcher))
            continue;
        ph_cleanup(ph_freep) char *reason = ph_format("'%s' needs it", watcher_name(by->watcher));
        add_start(self, entry, reason);
    }
}

/* A start takes along what the watcher requires or wants. */
static void add_start(order_t *self, struct entry *entry, const char *reason)
{
    set_step(self, entry, STEP_START, reason);
    add_needed(self, watcher_options(entry->watcher)->requires, entry);
    add_needed(self, watcher_options(entry->watcher)->wants, entry);
}

/* ---- going on ---- */

static void start_entry(order_t *self, struct entry *entry)
{
    ph_cleanup(ph_freep) char *reason = ph_strdup(entry->reason);
    set_step(self, entry, STEP_NONE, NULL);
    watcher_start(entry->watcher, reason);
    if (self->warmup_ms > 0)
        timers_start(loop_timers(self->loop), &self->warmup_timer, self->warmup_ms);
}

static void try_to_start(order_t *self, struct entry *entry)
{
    struct obstacle obstacle = obstacle_of(self, entry);
    if (!obstacle.entry) {
        start_entry(self, entry);
        return;
    }
    const watcher_t *other = obstacle.entry->watcher;
    ph_cleanup(ph_freep) char *text =
        ph_format("waits for '%s', which is %s", watcher_name(other), watcher_status(other));
    watcher_wait(entry->watcher, text, obstacle.is_hopeless);
}

/* Says whether something that has to be gone first is not. */
static bool has_to_stay(const order_t *self, const struct entry *entry, int64_t lowest)
{
    if (priority_of(entry) > lowest)
        return true;
    for (size_t i = 0; self->has_needs && i < self->count; i++) {
        const struct entry *other = self->entries[i];
        if (other != entry && (other->step == STEP_STOP || other->step == STEP_STOPPING) &&
            comes_after(self, other, entry))
            return true;
    }
    return false;
}

static void stop_entry(order_t *self, struct entry *entry)
{
    ph_cleanup(ph_freep) char *reason = ph_strdup(entry->reason);
    set_step(self, entry, STEP_STOPPING, reason);
    if (self->is_ending)
        watcher_end(entry->watcher, reason);
    else
        watcher_stop(entry->watcher, reason);
}

/* A stop is over when the watcher is down, or when a hook refused it. */
static void take_stopped(order_t *self, struct entry *entry)
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
    for (size_t i = self->count; i > 0; i--)
        if (self->entries[i - 1]->step == STEP_STOP || self->entries[i - 1]->step == STEP_STOPPING)
            return priority_of(self->entries[i - 1]);
    return INT64_MAX;
}

static void go_on_stopping(order_t *self)
{
    for (size_t i = 0; self->in_step[STEP_STOPPING] > 0 && i < self->count; i++)
        if (self->entries[i]->step == STEP_STOPPING)
            take_stopped(self, self->entries[i]);
    if (self->in_step[STEP_STOP] == 0)
        return;
    int64_t lowest = lowest_priority(self);
    for (size_t i = self->count; self->in_step[STEP_STOP] > 0 && i > 0; i--)
        if (self->entries[i - 1]->step == STEP_STOP &&
            !has_to_stay(self, self->entries[i - 1], lowest))
            stop_entry(self, self->entries[i - 1]);
}

static void go_on_starting(order_t *self)
{
    for (size_t i = 0; self->in_step[STEP_START] > 0 && i < self->count; i++)
        if (self->entries[i]->step == STEP_START && self->warmup_timer.place == 0)
            try_to_start(self, self->entries[i]);
}

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

static struct entry *entry_of(const order_t *self, const watcher_t *watcher)
{
    return find_entry(self, watcher_name(watcher));
}

/* As long as nobody waits, only the watcher itself has to be looked at. */
void order_note(order_t *self, watcher_t *watcher)
{
    if (order_is_idle(self))
        return;
    struct entry *entry = !is_waiting(self) ? entry_of(self, watcher) : NULL;
    if (entry && entry->watcher == watcher && entry->step == STEP_STOPPING)
        take_stopped(self, entry);
    if (is_waiting(self))
        go_on(self);
}

bool order_is_settled(const order_t *self, const watcher_t *watcher)
{
    const struct entry *entry = entry_of(self, watcher);
    return !entry || entry->step == STEP_NONE ||
           (entry->step == STEP_START && watcher_is_settled(watcher));
}

bool order_is_to_start(const order_t *self, const watcher_t *watcher)
{
    const struct entry *entry = entry_of(self, watcher);
    return entry && entry->step == STEP_START;
}

bool order_is_restarting(const order_t *self, const watcher_t *watcher)
{
    const struct entry *entry = entry_of(self, watcher);
    return watcher_starts_again(watcher) || (entry && is_restarting(entry));
}

bool order_is_idle(const order_t *self)
{
    return !is_waiting(self) && self->in_step[STEP_STOPPING] == 0;
}

/* ---- what is asked for ---- */

static void plan_start(order_t *self, struct entry *entry, const char *reason)
{
    watcher_count_request(entry->watcher);
    set_starts_again(self, entry, false);
    add_start(self, entry, reason);
}

/* A watcher that is requested to stop takes those along that require it. */
static void plan_stop(order_t *self, struct entry *entry, bool starts_again, const char *reason)
{
    bool is_planned = entry->step == STEP_STOP || entry->step == STEP_STOPPING;
    if (is_planned && entry->starts_again == starts_again)
        return;
    set_starts_again(self, entry, starts_again); /* what is asked for last counts */
    watcher_count_request(entry->watcher);
    if (!is_planned)
        set_step(self, entry, STEP_STOP, reason);
    for (size_t i = 0; self->has_needs && i < self->count; i++) {
        struct entry *other = self->entries[i];
        bool is_concerned = watcher_is_wanted(other->watcher) || other->starts_again;
        if (is_concerned && requires(self, other, entry))
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
    for (size_t i = 0; i < self->count; i++) {
        set_starts_again(self, self->entries[i], false);
        set_step(self, self->entries[i], STEP_STOP, reason);
    }
    go_on(self);
}
