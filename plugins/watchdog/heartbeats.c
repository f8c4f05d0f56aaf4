#include "heartbeats.h"

#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <stdlib.h>

struct heartbeat {
    pid_t pid;
    char *watcher;
    int64_t last;
};

struct heartbeats {
    struct heartbeat *items;
    size_t count;
};

heartbeats_t *heartbeats_new(void)
{
    return memory_new(sizeof(heartbeats_t));
}

void heartbeats_destroy(heartbeats_t **self_p)
{
    heartbeats_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i].watcher);
    free(self->items);
    free(self);
    *self_p = NULL;
}

/* Returns the index of a process, or the count of all. */
static size_t find(const heartbeats_t *self, pid_t pid)
{
    size_t i = 0;
    while (i < self->count && self->items[i].pid != pid)
        i++;
    return i;
}

/* Returns the name of its watcher, which the caller frees. */
static char *take(heartbeats_t *self, size_t index)
{
    char *watcher = self->items[index].watcher;
    self->items[index] = self->items[--self->count];
    return watcher;
}

void heartbeats_add(heartbeats_t *self, pid_t pid, const char *watcher, int64_t now)
{
    if (find(self, pid) < self->count)
        return;
    self->items = memory_resize(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] =
        (struct heartbeat){.pid = pid, .watcher = memory_copy(watcher), .last = now};
}

void heartbeats_remove(heartbeats_t *self, pid_t pid)
{
    size_t i = find(self, pid);
    if (i < self->count)
        free(take(self, i));
}

bool heartbeats_note(heartbeats_t *self, pid_t pid, int64_t now)
{
    size_t i = find(self, pid);
    if (i == self->count)
        return false;
    self->items[i].last = now;
    return true;
}

int heartbeats_take_silent(heartbeats_t *self, int64_t limit, struct silent *silent)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].last >= limit)
            continue;
        pid_t pid = self->items[i].pid;
        *silent = (struct silent){.pid = pid, .watcher = take(self, i)};
        return 0;
    }
    return -1;
}
