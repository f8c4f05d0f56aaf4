#include "sockets.h"

#include "bind.h"

#include <alloc.h>
#include <assert.h>
#include <nearest.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    struct socket_options options;
    struct socket_address address; /* that it got */
    struct socket_info info;
    char *host;
    int fd;           /* -1: not open */
    struct stat path; /* of the socket that we made, if `options.path` */
};

struct sockets {
    struct entry **entries; /* others borrow what is in them */
    size_t count;
};

/* A path that another program has taken meanwhile is its own. As long as our socket is open, no
 * other file has its number. */
static void remove_path(const struct entry *self)
{
    struct stat now;
    if (self->fd >= 0 && self->options.path && lstat(self->options.path, &now) == 0 &&
        now.st_ino == self->path.st_ino && now.st_dev == self->path.st_dev)
        unlink(self->options.path);
}

static void entry_release(struct entry *self)
{
    remove_path(self);
    ph_closep(&self->fd);
    free(self->host);
    socket_options_release(&self->options);
}

/* What is left to the processes stays reserved: a stream that is bound gets no connections until it
 * listens. A datagram would come, and be lost, so that one is closed. */
static int entry_share(struct entry *self, struct ph_error *err)
{
    if (!self->options.so_reuseport) {
        self->info.fd = self->fd;
        return socket_listen(self->fd, &self->options, &self->address, err);
    }
    self->info.fd = -1;
    if (self->options.type == SOCK_DGRAM)
        ph_closep(&self->fd);
    return 0;
}

static int entry_open(struct entry *self, struct ph_error *err)
{
    const struct socket_options *options = &self->options;
    if (socket_address_find(options, &self->address, err) < 0)
        return -1;
    self->fd = socket_bind(options, &self->address, err);
    if (self->fd < 0)
        return -1;
    if (options->path && lstat(options->path, &self->path) < 0)
        return ph_error_sys(err, "cannot look at '%s'", options->path);
    self->host = socket_address_host(&self->address);
    self->info = (struct socket_info){.name = options->name,
                                      .host = self->host,
                                      .path = options->path,
                                      .port = socket_address_port(&self->address),
                                      .backlog = options->backlog};
    return entry_share(self, err);
}

int sockets_add(sockets_t *self, const struct socket_options *options, struct ph_error *err)
{
    struct entry *entry = ph_calloc(1, sizeof *entry);
    entry->options = socket_options_copy(options);
    entry->fd = -1;
    self->entries = ph_realloc_array(self->entries, self->count + 1, sizeof(struct entry *));
    self->entries[self->count++] = entry;
    if (entry_open(entry, err) == 0)
        return 0;
    sockets_cut(self, self->count - 1);
    return ph_error_prefix(err, "cannot open socket '%s'", options->name);
}

void sockets_cut(sockets_t *self, size_t count)
{
    while (self->count > count) {
        struct entry *entry = self->entries[--self->count];
        entry_release(entry);
        free(entry);
    }
}

sockets_t *sockets_open(const struct socket_options *options, size_t count, struct ph_error *err)
{
    ph_cleanup(sockets_destroy) sockets_t *self = ph_calloc(1, sizeof *self);
    for (size_t i = 0; i < count; i++)
        if (sockets_add(self, &options[i], err) < 0)
            return NULL;
    return ph_steal(&self);
}

void sockets_destroy(sockets_t **self_p)
{
    sockets_t *self = *self_p;
    if (!self)
        return;
    sockets_cut(self, 0);
    free(self->entries);
    free(self);
    *self_p = NULL;
}

size_t sockets_count(const sockets_t *self)
{
    return self->count;
}

const struct socket_info *sockets_at(const sockets_t *self, size_t index)
{
    assert(index < self->count);
    return &self->entries[index]->info;
}

static const struct entry *find(const sockets_t *self, const char *name, struct ph_error *err)
{
    struct ph_nearest nearest = {0};
    for (size_t i = 0; i < self->count; i++) {
        const struct entry *entry = self->entries[i];
        if (strcasecmp(entry->options.name, name) == 0)
            return entry;
        ph_nearest_consider(&nearest, name, entry->options.name);
    }
    ph_error_set(err, PH_NOT_FOUND, "no socket '%s'", name);
    if (nearest.name)
        ph_error_hint(err, "did you mean '%s'?", nearest.name);
    else
        ph_error_hint(err, "sockets are named by [socket:NAME] sections");
    return NULL;
}

const struct socket_info *sockets_find(const sockets_t *self, const char *name,
                                       struct ph_error *err)
{
    const struct entry *entry = find(self, name, err);
    return entry ? &entry->info : NULL;
}

static void add_once(const struct socket_info **list, const struct socket_info *info)
{
    while (*list && *list != info)
        list++;
    *list = info;
}

const struct socket_info **sockets_select(const sockets_t *self, const char *const *names,
                                          struct ph_error *err)
{
    ph_cleanup(ph_freep) const struct socket_info **list =
        ph_calloc(self->count + 1, sizeof(*list)); /* no name is in it twice */
    for (size_t i = 0; !names && i < self->count; i++)
        if (self->entries[i]->info.fd >= 0)
            add_once(list, &self->entries[i]->info);
    for (; names && *names; names++) {
        const struct socket_info *info = sockets_find(self, *names, err);
        if (!info)
            return NULL;
        add_once(list, info);
    }
    return ph_steal(&list);
}

int sockets_open_own(const sockets_t *self, const char *name, struct ph_error *err)
{
    const struct entry *entry = find(self, name, err);
    if (!entry)
        return -1;
    assert(entry->options.so_reuseport);
    struct socket_address address = entry->address;
    ph_cleanup(ph_closep) int fd = socket_bind(&entry->options, &address, err);
    if (fd < 0 || socket_listen(fd, &entry->options, &address, err) < 0)
        return ph_error_prefix(err, "cannot open socket '%s'", name);
    return ph_steal_fd(&fd);
}
