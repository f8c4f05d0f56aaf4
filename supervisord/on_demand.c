#include "on_demand.h"

#include "socket/demand.h"

#include <alloc.h>
#include <stdlib.h>

struct listening {
    on_demand_t *owner;
    watcher_t *watcher;
    demand_t *demand;
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

static struct listening **find(on_demand_t *self, const watcher_t *watcher)
{
    struct listening **link = &self->first;
    while (*link && (*link)->watcher != watcher)
        link = &(*link)->next;
    return link;
}

void on_demand_forget(on_demand_t *self, const watcher_t *watcher)
{
    struct listening **link = find(self, watcher);
    struct listening *found = *link;
    if (!found)
        return;
    *link = found->next;
    demand_destroy(&found->demand);
    free(found);
}

void on_demand_destroy(on_demand_t **self_p)
{
    on_demand_t *self = *self_p;
    if (!self)
        return;
    while (self->first)
        on_demand_forget(self, self->first->watcher);
    free(self);
    *self_p = NULL;
}

static void on_connection(void *arg)
{
    struct listening *listening = arg;
    on_demand_t *self = listening->owner;
    watcher_t *watcher = listening->watcher;
    on_demand_forget(self, watcher);
    self->start(self->arg, watcher);
}

int on_demand_listen(on_demand_t *self, watcher_t *watcher, struct ph_error *err)
{
    if (*find(self, watcher))
        return 0;
    struct listening *listening = ph_calloc(1, sizeof *listening);
    *listening = (struct listening){.owner = self, .watcher = watcher, .next = self->first};
    listening->demand = demand_new(self->loop, self->sockets, watcher_sockets(watcher),
                                   on_connection, listening, err);
    if (!listening->demand) {
        free(listening);
        return -1;
    }
    self->first = listening;
    return 0;
}
