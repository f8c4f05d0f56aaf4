#include "fd_watches.h"

#include <alloc.h>
#include <fcntl.h>
#include <stdlib.h>

struct fd_watches {
    struct pollfd *set; /* POLL_OWN places, then one for each of `items` */
    struct fd_watch *items;
    size_t count;
    uint64_t changes; /* counts additions and removals */
};

static void resize(fd_watches_t *self, size_t count)
{
    self->set = ph_realloc_array(self->set, POLL_OWN + count, sizeof *self->set);
    self->items = ph_realloc_array(self->items, count, sizeof *self->items);
    self->count = count;
    self->changes++;
}

fd_watches_t *fd_watches_new(void)
{
    fd_watches_t *self = ph_calloc(1, sizeof *self);
    resize(self, 0);
    for (size_t i = 0; i < POLL_OWN; i++)
        self->set[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    return self;
}

void fd_watches_destroy(fd_watches_t **self_p)
{
    if (!*self_p)
        return;
    free((*self_p)->set);
    free((*self_p)->items);
    free(*self_p);
    *self_p = NULL;
}

/* Returns the index of a descriptor, or the count of all. */
static size_t find(const fd_watches_t *self, int fd)
{
    size_t i = 0;
    while (i < self->count && self->items[i].fd != fd)
        i++;
    return i;
}

int fd_watches_add(fd_watches_t *self, const struct fd_watch *watch, struct ph_error *err)
{
    if (fcntl(watch->fd, F_GETFD) < 0)
        return ph_error_set(err, PH_INVALID, "cannot watch descriptor %d: it is not open",
                            watch->fd);
    size_t i = find(self, watch->fd);
    if (i == self->count)
        resize(self, self->count + 1);
    self->items[i] = *watch;
    self->set[POLL_OWN + i] = (struct pollfd){.fd = watch->fd, .events = watch->events};
    return 0;
}

void fd_watches_remove(fd_watches_t *self, int fd)
{
    size_t i = find(self, fd);
    if (i == self->count)
        return;
    self->items[i] = self->items[self->count - 1];
    self->set[POLL_OWN + i] = self->set[POLL_OWN + self->count - 1];
    resize(self, self->count - 1);
}

struct pollfd *fd_watches_poll_set(fd_watches_t *self, nfds_t *count)
{
    *count = POLL_OWN + self->count;
    return self->set;
}

/* Whoever is called may change the list: what is left of the old one is then looked for anew. What
 * was taken is marked by revents 0. */
void fd_watches_run(fd_watches_t *self, ph_plugin_t *plugin)
{
    for (size_t i = 0; i < self->count; i++) {
        struct pollfd *ready = &self->set[POLL_OWN + i];
        short events = ready->revents;
        if (events == 0)
            continue;
        ready->revents = 0;
        struct fd_watch watch = self->items[i];
        uint64_t changes = self->changes;
        watch.function(plugin, watch.fd, events, watch.arg);
        if (changes != self->changes)
            i = SIZE_MAX; /* from the beginning */
    }
}
