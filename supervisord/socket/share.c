#include "share.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static int add(struct socket_share *self, const sockets_t *sockets, const struct socket_info *info,
               struct ph_error *err)
{
    bool is_own = info->fd < 0;
    int fd = is_own ? sockets_open_own(sockets, info->name, err) : info->fd;
    if (fd < 0)
        return -1;
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct shared_socket){info->name, fd, is_own};
    return 0;
}

int socket_share_init(struct socket_share *self, const sockets_t *sockets, const char *const *names,
                      struct ph_error *err)
{
    *self = (struct socket_share){0};
    ph_cleanup(ph_freep) const struct socket_info **list = sockets_select(sockets, names, err);
    if (!list)
        return -1;
    for (size_t i = 0; list[i]; i++) {
        if (add(self, sockets, list[i], err) < 0) {
            socket_share_release(self);
            return -1;
        }
    }
    return 0;
}

void socket_share_release(struct socket_share *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].is_own)
            ph_closep(&self->items[i].fd);
    free(self->items);
    *self = (struct socket_share){0};
}

int socket_share_number(const struct socket_share *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcasecmp(self->items[i].name, name) == 0)
            return SOCKET_SHARE_FIRST + (int)i;
    return -1;
}

void socket_share_describe(const struct socket_share *self, struct pairs *env)
{
    if (self->count == 0)
        return;
    ph_cleanup(ph_freep) char *number = ph_format("%zu", self->count);
    ph_cleanup(ph_freep) char *names = ph_strdup(self->items[0].name);
    for (size_t i = 1; i < self->count; i++) {
        char *longer = ph_format("%s:%s", names, self->items[i].name);
        free(names);
        names = longer;
    }
    pairs_set(env, "LISTEN_FDS", number);
    pairs_set(env, "LISTEN_FDNAMES", names);
}
