#include "plan_sockets.h"

#include "../text.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

static const struct socket_options *find_socket(const struct configuration *configuration,
                                                const char *name)
{
    for (size_t i = 0; i < configuration->socket_count; i++)
        if (strcasecmp(configuration->sockets[i].name, name) == 0)
            return &configuration->sockets[i];
    return NULL;
}

static struct plan_socket *add_socket(struct plan_sockets *self,
                                      const struct socket_options *options, const char *name)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    struct plan_socket *socket = &self->items[self->count++];
    *socket = (struct plan_socket){.options = options, .name = ph_strdup(name)};
    return socket;
}

static void compare(struct plan_sockets *self, const struct socket_options *before,
                    const struct socket_options *after)
{
    struct changes changes = {0};
    changes_find(&changes, SECTION_SOCKET, before, &before->written, after, &after->written);
    if (changes.count == 0)
        return;
    ph_cleanup(ph_freep) char *names = changes_names(&changes);
    struct plan_socket *socket = add_socket(self, NULL, after->name);
    socket->why = ph_format("%s changed", names);
    socket->changes = changes;
}

static void add_new(struct plan_sockets *self, const struct socket_options *options)
{
    struct plan_socket *socket = add_socket(self, options, options->name);
    socket->why = ph_strdup("it is new");
    changes_of_section(&socket->changes, SECTION_SOCKET, &options->written);
}

void plan_sockets_find(struct plan_sockets *self, const struct configuration *running,
                       const struct configuration *fresh)
{
    for (size_t i = 0; i < fresh->socket_count; i++) {
        const struct socket_options *after = &fresh->sockets[i];
        const struct socket_options *before = find_socket(running, after->name);
        if (before)
            compare(self, before, after);
        else
            add_new(self, after);
    }
    for (size_t i = 0; i < running->socket_count; i++)
        if (!find_socket(fresh, running->sockets[i].name))
            add_socket(self, NULL, running->sockets[i].name)->why =
                ph_strdup("the configuration does not have it any more");
}

char *plan_sockets_name_new(const struct plan_sockets *self)
{
    ph_cleanup(ph_freep) char *names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (!self->items[i].options)
            continue;
        text_append(&names, ", ", self->items[i].name);
        count++;
    }
    return names ? ph_format("socket%s %s", count > 1 ? "s" : "", names) : NULL;
}

void plan_sockets_release(struct plan_sockets *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].name);
        free(self->items[i].why);
        changes_release(&self->items[i].changes);
    }
    free(self->items);
}
