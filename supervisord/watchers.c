#include "watchers.h"

#include "on_demand.h"

#include <alloc.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>

struct list {
    watcher_t **items;
    size_t count;
};

struct watchers {
    struct watchers_context context;
    order_t *order;
    on_demand_t *on_demand;
    struct list present;
    struct list leaving;     /* not listed any more: freed once they are down */
    struct timer tidy_timer; /* a watcher cannot be freed from within its own change */
};

/* ---- lists ---- */

static void list_add(struct list *self, watcher_t *watcher)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof(watcher_t *));
    self->items[self->count++] = watcher;
}

static void list_remove(struct list *self, const watcher_t *watcher)
{
    size_t place = 0;
    while (place < self->count && self->items[place] != watcher)
        place++;
    if (place == self->count)
        return;
    for (self->count--; place < self->count; place++)
        self->items[place] = self->items[place + 1];
}

static bool list_has(const struct list *self, const watcher_t *watcher)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i] == watcher)
            return true;
    return false;
}

static void list_destroy(struct list *self)
{
    for (size_t i = 0; i < self->count; i++)
        watcher_destroy(&self->items[i]);
    free(self->items);
}

/* ---- changes ---- */

static void free_leavers(void *arg)
{
    watchers_t *self = arg;
    for (size_t i = self->leaving.count; i > 0; i--) {
        watcher_t *watcher = self->leaving.items[i - 1];
        if (!watcher_is_down(watcher))
            continue;
        list_remove(&self->leaving, watcher);
        self->context.on_removal(self->context.arg, watcher);
        watcher_destroy(&watcher);
    }
}

static void tidy(watchers_t *self)
{
    timers_start(loop_timers(self->context.host->loop), &self->tidy_timer, 0);
}

/* Has a watcher wait for the first connection to one of its sockets. */
static void await_demand(watchers_t *self, watcher_t *watcher)
{
    struct ph_error err;
    if (on_demand_listen(self->on_demand, watcher, &err) < 0)
        watcher_wait(watcher, err.message, true);
    else
        watcher_wait(watcher, "waits for a connection", true);
}

/* Says whether all that a watcher waits for can be a connection: it has not been asked to start. */
static bool awaits_nothing_else(const watchers_t *self, const watcher_t *watcher)
{
    return watcher_is_waiting(watcher) && !order_is_to_start(self->order, watcher);
}

static void on_watcher_change(void *arg, watcher_t *watcher)
{
    watchers_t *self = arg;
    if (self->leaving.count > 0 && list_has(&self->leaving, watcher)) {
        tidy(self);
    } else {
        if (watcher_options(watcher)->on_demand && !awaits_nothing_else(self, watcher))
            on_demand_stop(self->on_demand, watcher);
        order_note(self->order, watcher);
        if (watcher_options(watcher)->on_demand && watcher_has_completed(watcher))
            await_demand(self, watcher);
    }
    self->context.on_change(self->context.arg, watcher);
}

static void on_connection(void *arg, watcher_t *watcher)
{
    watchers_t *self = arg;
    order_start(self->order, &watcher, 1, "there is a connection");
}

/* ---- making them ---- */

watchers_t *watchers_new(const struct watchers_context *context)
{
    watchers_t *self = ph_calloc(1, sizeof *self);
    self->context = *context;
    self->order =
        order_new(context->host->loop, context->warmup_ms, context->on_settled, context->arg);
    self->on_demand =
        on_demand_new(context->host->loop, context->host->sockets, on_connection, self);
    self->tidy_timer = (struct timer){.fire = free_leavers, .arg = self};
    return self;
}

void watchers_destroy(watchers_t **self_p)
{
    watchers_t *self = *self_p;
    if (!self)
        return;
    timers_cancel(loop_timers(self->context.host->loop), &self->tidy_timer);
    on_demand_destroy(&self->on_demand);
    order_destroy(&self->order);
    list_destroy(&self->present);
    list_destroy(&self->leaving);
    free(self);
    *self_p = NULL;
}

watcher_t *watchers_add(watchers_t *self, struct watcher_options *options, struct ph_error *err)
{
    watcher_t *watcher = watcher_new(options, self->context.host, on_watcher_change, self, err);
    if (!watcher)
        return NULL;
    list_add(&self->present, watcher);
    order_add(self->order, watcher);
    return watcher;
}

int watchers_configure(watchers_t *self, watcher_t *watcher, struct watcher_options *options,
                       const char *reason, struct ph_error *err)
{
    if (watcher_configure(watcher, options, reason, err) < 0)
        return -1;
    order_renew(self->order, watcher);
    if (!on_demand_is_listening(self->on_demand, watcher))
        return 0;
    on_demand_forget(self->on_demand, watcher);
    if (watcher_options(watcher)->on_demand)
        await_demand(self, watcher);
    else
        order_start(self->order, &watcher, 1, reason);
    return 0;
}

void watchers_take_sockets(watchers_t *self)
{
    for (size_t i = 0; i < self->present.count; i++) {
        watcher_t *watcher = self->present.items[i];
        if (!watcher_options(watcher)->use_sockets)
            continue;
        watcher_renew_sockets(watcher);
        if (!on_demand_is_listening(self->on_demand, watcher))
            continue;
        on_demand_forget(self->on_demand, watcher);
        await_demand(self, watcher);
    }
}

void watchers_remove(watchers_t *self, watcher_t *watcher, bool is_to_stop, const char *reason)
{
    list_remove(&self->present, watcher);
    list_add(&self->leaving, watcher);
    on_demand_forget(self->on_demand, watcher);
    order_remove(self->order, watcher);
    if (is_to_stop)
        watcher_end(watcher, reason);
    else
        watcher_let_go(watcher);
    tidy(self);
}

/* ---- finding them ---- */

size_t watchers_count(const watchers_t *self)
{
    return self->present.count;
}

watcher_t *watchers_at(const watchers_t *self, size_t index)
{
    return self->present.items[index];
}

size_t watchers_count_leaving(const watchers_t *self)
{
    return self->leaving.count;
}

watcher_t *watchers_leaving_at(const watchers_t *self, size_t index)
{
    return self->leaving.items[index];
}

static size_t count_with_status(const watchers_t *self, const char *word)
{
    size_t count = 0;
    for (size_t i = 0; i < self->present.count; i++)
        count += strcmp(watcher_status(self->present.items[i]), word) == 0;
    return count;
}

char *watchers_summary(const watchers_t *self)
{
    size_t failed = count_with_status(self, "failed");
    ph_cleanup(ph_freep) char *failures =
        failed > 0 ? ph_format(", %zu failed", failed) : ph_strdup("");
    return ph_format("%zu watcher%s, %zu active%s", self->present.count,
                     self->present.count == 1 ? "" : "s", count_with_status(self, "active"),
                     failures);
}

static void refuse_name(const watchers_t *self, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->present.count; i++) {
        const char *full = watcher_name(self->present.items[i]);
        const char *bare = strchr(full, ':');
        ph_nearest_consider(&nearest, name, full);
        if (bare)
            ph_nearest_consider(&nearest, name, bare + 1);
    }
    ph_error_set(err, PH_NOT_FOUND, "no watcher is named '%.100s'", name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, "'plughostctl list' shows the names");
}

watcher_t *watchers_find(const watchers_t *self, const char *name, struct ph_error *err)
{
    watcher_t *found = order_find(self->order, name);
    if (!found)
        refuse_name(self, name, err);
    return found;
}

int watchers_check_free(const watchers_t *self, const char *name, struct ph_error *err)
{
    for (size_t i = 0; i < self->leaving.count; i++) {
        const watcher_t *watcher = self->leaving.items[i];
        if (strcasecmp(watcher_name(watcher), name) != 0 ||
            strcmp(watcher_status(watcher), "stopping") != 0)
            continue;
        ph_error_set(err, PH_CONFLICT, "the '%s' that was removed is still being stopped", name);
        return ph_error_hint(err, "try again when it is gone; 'rm' with waiting answers then");
    }
    return 0;
}

order_t *watchers_order(const watchers_t *self)
{
    return self->order;
}

/* ---- all of them ---- */

void watchers_start_some(watchers_t *self, watcher_t *const *watchers, size_t count,
                         const char *reason)
{
    watcher_t **chosen = ph_calloc(count + 1, sizeof(watcher_t *));
    size_t chosen_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct watcher_options *options = watcher_options(watchers[i]);
        if (options->on_demand && options->autostart)
            await_demand(self, watchers[i]);
        else if (options->autostart)
            chosen[chosen_count++] = watchers[i];
    }
    order_start(self->order, chosen, chosen_count, reason);
    free(chosen);
}

void watchers_start_all(watchers_t *self, const char *reason)
{
    watchers_start_some(self, self->present.items, self->present.count, reason);
}

void watchers_reload_all(watchers_t *self, const char *reason)
{
    for (size_t i = 0; i < self->present.count; i++) {
        watcher_t *watcher = self->present.items[i];
        if (!watcher_is_wanted(watcher) || watcher_is_waiting(watcher))
            continue;
        watcher_count_request(watcher);
        watcher_reload(watcher, false, reason);
    }
}

void watchers_end(watchers_t *self, const char *reason)
{
    for (size_t i = 0; i < self->leaving.count; i++)
        watcher_end(self->leaving.items[i], reason);
    order_end(self->order, reason);
}

bool watchers_are_gone(const watchers_t *self)
{
    return order_is_idle(self->order) && self->leaving.count == 0;
}
