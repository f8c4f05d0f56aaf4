#include "demand.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdlib.h>

struct demand {
    loop_t *loop;
    demand_fn *on_demand;
    void *arg;
    struct loop_watch *watches;
    size_t count; /* of watches that are in the loop */
};

static void stop_waiting(demand_t *self)
{
    for (size_t i = 0; i < self->count; i++) {
        loop_unwatch(self->loop, &self->watches[i]);
        ph_closep(&self->watches[i].fd);
    }
    self->count = 0;
}

/* The connection stays where it is, so the socket stays readable. */
static void on_readable(void *arg)
{
    demand_t *self = arg;
    stop_waiting(self);
    self->on_demand(self->arg);
}

/* Each demand has a descriptor of its own for the socket, since the loop takes each only once. */
static int watch(demand_t *self, int socket, struct ph_error *err)
{
    ph_cleanup(ph_closep) int fd = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (fd < 0)
        return ph_error_sys(err, "cannot wait for a connection");
    struct loop_watch *next = &self->watches[self->count];
    *next = (struct loop_watch){on_readable, self, fd};
    if (loop_watch(self->loop, next, err) < 0)
        return -1;
    self->count++;
    ph_steal_fd(&fd);
    return 0;
}

demand_t *demand_new(loop_t *loop, const sockets_t *sockets, const char *const *names,
                     demand_fn *on_demand, void *arg, struct ph_error *err)
{
    ph_cleanup(ph_freep) const struct socket_info **list = sockets_select(sockets, names, err);
    if (!list)
        return NULL;
    ph_cleanup(demand_destroy) demand_t *self = ph_calloc(1, sizeof *self);
    *self = (demand_t){.loop = loop, .on_demand = on_demand, .arg = arg};
    self->watches = ph_calloc(sockets_count(sockets), sizeof *self->watches);
    for (size_t i = 0; list[i]; i++)
        if (list[i]->fd >= 0 && watch(self, list[i]->fd, err) < 0)
            return NULL;
    if (self->count > 0)
        return ph_steal(&self);
    ph_error_set(err, PH_INVALID, "there is no socket to wait for");
    ph_error_hint(err, "on_demand needs a [socket:NAME] section without so_reuseport");
    return NULL;
}

void demand_destroy(demand_t **self_p)
{
    demand_t *self = *self_p;
    if (!self)
        return;
    stop_waiting(self);
    free(self->watches);
    free(self);
    *self_p = NULL;
}
