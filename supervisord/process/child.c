#include "child.h"

#include "mark.h"

#include <alloc.h>
#include <czmq.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

struct children {
    loop_t *loop;
    uint64_t epoch;
    uint64_t last_serial;
    zhashx_t *by_pid; /* of struct child, borrowed */
    seats_t *seats;
};

/* Keys are the numbers themselves, in the place of pointers. */
static const void *key_of(pid_t pid)
{
    return (const void *)(intptr_t)pid;
}

static size_t hash_key(const void *key)
{
    return (size_t)(uintptr_t)key * 2654435761u;
}

static int compare_keys(const void *a, const void *b)
{
    return ((uintptr_t)a > (uintptr_t)b) - ((uintptr_t)a < (uintptr_t)b);
}

children_t *children_new(loop_t *loop, uint64_t epoch)
{
    children_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->epoch = epoch;
    self->seats = seats_new(NULL); /* without them it is slower */
    self->by_pid = zhashx_new();
    zhashx_set_key_duplicator(self->by_pid, NULL);
    zhashx_set_key_destructor(self->by_pid, NULL);
    zhashx_set_key_hasher(self->by_pid, hash_key);
    zhashx_set_key_comparator(self->by_pid, compare_keys);
    return self;
}

void children_destroy(children_t **self_p)
{
    children_t *self = *self_p;
    if (!self)
        return;
    zhashx_destroy(&self->by_pid);
    seats_destroy(&self->seats);
    free(self);
    *self_p = NULL;
}

char *children_mark(children_t *self, struct child *child)
{
    child->serial = ++self->last_serial;
    ph_cleanup(ph_freep) char *value = mark_format(self->epoch, child->serial);
    return ph_format("%s=%s", MARK_VARIABLE, value);
}

static void on_readable(void *arg)
{
    struct child *child = arg;
    loop_unwatch(child->loop, &child->exit_watch);
    child->has_ended = true;
    child->on_exit(child->arg);
}

int children_start(children_t *self, struct child *child, const struct spawn_spec *spec,
                   struct ph_error *err)
{
    ph_cleanup(ph_closep) int pidfd = -1;
    struct spawn_spec seated = *spec;
    seated.seats = self->seats;
    pid_t pid = spawn(&seated, &pidfd, err);
    if (pid < 0)
        return -1;
    child->loop = self->loop;
    child->has_ended = false;
    child->exit_watch = (struct loop_watch){on_readable, child, pidfd};
    if (loop_watch(self->loop, &child->exit_watch, err) < 0) {
        kill(-pid, SIGKILL); /* who is not watched is reaped with the orphans */
        return -1;
    }
    ph_steal_fd(&pidfd);
    child->pid = pid;
    zhashx_insert(self->by_pid, key_of(pid), child);
    return 0;
}

bool child_has_unseen_end(const struct child *self)
{
    struct pollfd end = {.fd = self->exit_watch.fd, .events = POLLIN};
    return !self->has_ended && poll(&end, 1, 0) > 0;
}

void children_release(children_t *self, struct child *child)
{
    if (child->pid == 0)
        return;
    if (!child->has_ended)
        loop_unwatch(self->loop, &child->exit_watch);
    ph_closep(&child->exit_watch.fd);
    zhashx_delete(self->by_pid, key_of(child->pid));
    child->pid = 0;
}

struct child *children_find(const children_t *self, pid_t pid)
{
    return zhashx_lookup(self->by_pid, key_of(pid));
}

bool children_has_serial(const children_t *self, uint64_t serial)
{
    for (struct child *child = zhashx_first(self->by_pid); child; child = zhashx_next(self->by_pid))
        if (child->serial == serial)
            return true;
    return false;
}
