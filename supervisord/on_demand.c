#include "on_demand.h"

#include "socket/demand.h"

#include <alloc.h>
#include <stdlib.h>

enum { LISTEN_AGAIN_MS = 5000 };

/* A watcher that listens, or listened: what is known of its past is kept. */
struct listening {
    on_demand_t *owner;
    watcher_t *watcher;
    demand_t *demand; /* NULL: it does not listen now */
    bool has_listened;
    struct backoff backoff;
    struct timer timer; /* it will listen again when it fires */
    struct listening *next;
};

struct on_demand {
    loop_t *loop;
    const sockets_t *sockets;
    on_demand_fn *start;
    void *arg;
    struct listening *first;
};

on_demand_t *on_demand_new(loop_t *loop, const sockets_t *sockets, on_demand_fn *start, void *arg)
{
    on_demand_t *self = ph_calloc(1, sizeof *self);
    *self = (on_demand_t){.loop = loop, .sockets = sockets, .start = start, .arg = arg};
    return self;
}

static void stop_listening(struct listening *listening)
{
    timers_cancel(loop_timers(listening->owner->loop), &listening->timer);
    demand_destroy(&listening->demand);
}

void on_demand_destroy(on_demand_t **self_p)
{
    on_demand_t *self = *self_p;
    if (!self)
        return;
    while (self->first) {
        struct listening *listening = self->first;
        self->first = listening->next;
        stop_listening(listening);
        free(listening);
    }
    free(self);
    *self_p = NULL;
}

static void on_connection(void *arg)
{
    struct listening *listening = arg;
    stop_listening(listening);
    listening->owner->start(listening->owner->arg, listening->watcher);
}

/* What fails for want of descriptors is tried again a little later. */
static int listen_now(struct listening *listening, struct ph_error *err)
{
    on_demand_t *self = listening->owner;
    listening->has_listened = true;
    listening->demand = demand_new(self->loop, self->sockets, watcher_sockets(listening->watcher),
                                   on_connection, listening, err);
    if (listening->demand)
        return 0;
    timers_start(loop_timers(self->loop), &listening->timer, LISTEN_AGAIN_MS);
    return -1;
}

static void on_timer(void *arg)
{
    listen_now(arg, NULL);
}

static struct listening *find(const on_demand_t *self, const watcher_t *watcher)
{
    struct listening *listening = self->first;
    while (listening && listening->watcher != watcher)
        listening = listening->next;
    return listening;
}

static struct listening *add(on_demand_t *self, watcher_t *watcher)
{
    struct listening *listening = ph_calloc(1, sizeof *listening);
    *listening = (struct listening){.owner = self,
                                    .watcher = watcher,
                                    .timer = {.fire = on_timer, .arg = listening},
                                    .next = self->first};
    self->first = listening;
    return listening;
}

/* A program that ends without taking the connection would be started for it for ever. One that
 * ended well is started at most once in restart_delay, any other backs off. Returns how long not to
 * listen for. */
static int64_t delay_after(struct listening *listening)
{
    const struct death *death = watcher_death(listening->watcher, 0);
    int64_t uptime_ms = death && death->uptime_ms > 0 ? death->uptime_ms : 0;
    struct backoff_policy policy = watcher_options(listening->watcher)->restart;
    if (!listening->has_listened)
        return 0;
    if (watcher_is_ready(listening->watcher)) {
        listening->backoff = (struct backoff){0};
        int64_t rest_ms = policy.restart_delay_ms - uptime_ms;
        return rest_ms > 0 ? rest_ms : 0;
    }
    policy.max_restarts = 0; /* it never gives up listening */
    return backoff_after_death(&listening->backoff, &policy, true, uptime_ms, 0).delay_ms;
}

static bool is_listening(const struct listening *listening)
{
    return listening->demand || listening->timer.place > 0;
}

int on_demand_listen(on_demand_t *self, watcher_t *watcher, struct ph_error *err)
{
    struct listening *listening = find(self, watcher);
    if (!listening)
        listening = add(self, watcher);
    if (is_listening(listening))
        return 0;
    int64_t delay_ms = delay_after(listening);
    if (delay_ms == 0)
        return listen_now(listening, err);
    timers_start(loop_timers(self->loop), &listening->timer, delay_ms);
    return 0;
}

bool on_demand_is_listening(const on_demand_t *self, const watcher_t *watcher)
{
    const struct listening *listening = find(self, watcher);
    return listening && is_listening(listening);
}

void on_demand_stop(on_demand_t *self, const watcher_t *watcher)
{
    struct listening *listening = find(self, watcher);
    if (listening)
        stop_listening(listening);
}

void on_demand_forget(on_demand_t *self, const watcher_t *watcher)
{
    struct listening **link = &self->first;
    while (*link && (*link)->watcher != watcher)
        link = &(*link)->next;
    struct listening *found = *link;
    if (!found)
        return;
    *link = found->next;
    stop_listening(found);
    free(found);
}
