#include "order_entries.h"

#include <alloc.h>
#include <lower.h>
#include <stdlib.h>

void order_entries_init(struct order_entries *self)
{
    *self = (struct order_entries){.by_name = zhashx_new()};
}

static void free_entry(struct order_entry *entry)
{
    free(entry->reason);
    free(entry);
}

void order_entries_release(struct order_entries *self)
{
    for (size_t i = 0; i < self->count; i++)
        free_entry(self->items[i]);
    free(self->items);
    zhashx_destroy(&self->by_name);
}

/* ---- by priority ---- */

static bool has_place_before(const struct order_entry *entry, const struct order_entry *other)
{
    if (entry->priority != other->priority)
        return entry->priority > other->priority;
    return entry->number < other->number;
}

/* Puts an entry where its priority says, among equals in the order in which they were added. */
static void put_in(struct order_entries *self, struct order_entry *entry)
{
    size_t place = self->count++;
    entry->priority = watcher_options(entry->watcher)->priority;
    for (; place > 0 && has_place_before(entry, self->items[place - 1]); place--)
        self->items[place] = self->items[place - 1];
    self->items[place] = entry;
}

static void take_out(struct order_entries *self, const struct order_entry *entry)
{
    size_t place = 0;
    while (self->items[place] != entry)
        place++;
    for (self->count--; place < self->count; place++)
        self->items[place] = self->items[place + 1];
}

static void note_needs(struct order_entries *self, const struct order_entry *entry)
{
    const struct watcher_options *options = watcher_options(entry->watcher);
    self->has_needs |= options->requires || options->wants || options->after;
}

void order_entries_add(struct order_entries *self, watcher_t *watcher)
{
    struct order_entry *entry = ph_calloc(1, sizeof *entry);
    entry->watcher = watcher;
    entry->number = self->added++;
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof(struct order_entry *));
    put_in(self, entry);
    note_needs(self, entry);
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(watcher_name(watcher)));
    zhashx_insert(self->by_name, key, entry);
}

void order_entries_remove(struct order_entries *self, struct order_entry *entry)
{
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(watcher_name(entry->watcher)));
    take_out(self, entry);
    order_entries_set_starts_again(self, entry, false);
    order_entries_set_step(self, entry, STEP_NONE, NULL);
    zhashx_delete(self->by_name, key);
    free_entry(entry);
}

void order_entries_renew(struct order_entries *self, struct order_entry *entry)
{
    if (entry->priority != watcher_options(entry->watcher)->priority) {
        take_out(self, entry);
        put_in(self, entry);
    }
    note_needs(self, entry);
}

struct order_entry *order_entries_find(const struct order_entries *self, const char *name)
{
    ph_cleanup(ph_freep) char *key = ph_lower(ph_strdup(name));
    struct order_entry *found = zhashx_lookup(self->by_name, key);
    if (found)
        return found;
    ph_cleanup(ph_freep) char *plugin = ph_format("plugin:%s", key);
    return zhashx_lookup(self->by_name, plugin);
}

/* ---- what is to be done ---- */

void order_entries_set_step(struct order_entries *self, struct order_entry *entry,
                            enum order_step step, const char *reason)
{
    self->in_step[entry->step]--;
    self->in_step[step]++;
    entry->step = step;
    ph_replace_text(&entry->reason, reason);
}

void order_entries_set_starts_again(struct order_entries *self, struct order_entry *entry,
                                    bool starts_again)
{
    self->restarting = self->restarting - entry->starts_again + starts_again;
    entry->starts_again = starts_again;
}

bool order_entry_is_going(const struct order_entry *self)
{
    return self->step == STEP_STOP || self->step == STEP_STOPPING;
}

bool order_entry_is_restarting(const struct order_entry *self)
{
    return order_entry_is_going(self) && self->starts_again;
}
