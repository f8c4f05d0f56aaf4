#include "caller.h"

#include "pid_watch.h"

#include <alloc.h>
#include <errno.h>
#include <stdlib.h>

struct caller {
    callers_t *owner;
    pid_t pid;
    unsigned holders;
    struct pid_watch watch;
    caller_t *next;
};

struct callers {
    loop_t *loop;
    void (*on_end)(void *arg, caller_t *caller);
    void *arg;
    caller_t *first;
};

callers_t *callers_new(loop_t *loop, void (*on_end)(void *arg, caller_t *caller), void *arg)
{
    callers_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->on_end = on_end;
    self->arg = arg;
    return self;
}

void callers_destroy(callers_t **self_p)
{
    ph_freep(self_p);
    *self_p = NULL;
}

/* Those that hold it let go of it one after the other: it must not go with the last of them while
 * others are still compared with it. */
static void on_process_end(void *arg)
{
    caller_t *caller = arg;
    pid_watch_stop(&caller->watch);
    caller->pid = 0; /* the number may belong to somebody else from now on */
    caller->holders++;
    caller->owner->on_end(caller->owner->arg, caller);
    caller_release(caller);
}

static caller_t *find(const callers_t *self, pid_t pid)
{
    caller_t *caller = self->first;
    while (caller && caller->pid != pid)
        caller = caller->next;
    return caller;
}

int callers_hold(callers_t *self, pid_t pid, caller_t **caller)
{
    caller_t *held = find(self, pid);
    if (held) {
        held->holders++;
        *caller = held;
        return 0;
    }
    held = ph_calloc(1, sizeof *held);
    *held = (caller_t){.owner = self, .pid = pid, .holders = 1, .next = self->first};
    if (pid_watch_start(&held->watch, self->loop, pid, on_process_end, held) < 0) {
        bool has_ended = errno == ESRCH;
        ph_freep(&held);
        *caller = NULL;
        return has_ended ? -1 : 0;
    }
    self->first = held;
    *caller = held;
    return 0;
}

void caller_release(caller_t *caller)
{
    if (!caller || --caller->holders > 0)
        return;
    caller_t **link = &caller->owner->first;
    while (*link != caller)
        link = &(*link)->next;
    *link = caller->next;
    pid_watch_stop(&caller->watch);
    free(caller);
}
