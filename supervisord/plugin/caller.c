#include "caller.h"

#include "pid_watch.h"

#include <alloc.h>
#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* To watch a process and to stop that costs several system calls: who calls once calls again. */
enum { MAX_IDLE = 64 };

struct caller {
    callers_t *owner;
    pid_t pid;
    unsigned holders; /* 0: it is idle, watched in case it calls again */
    struct pid_watch watch;
    caller_t *next;
};

struct callers {
    loop_t *loop;
    void (*on_end)(void *arg, caller_t *caller);
    void *arg;
    caller_t *first; /* the one that was held last is first */
    unsigned idle;
};

callers_t *callers_new(loop_t *loop, void (*on_end)(void *arg, caller_t *caller), void *arg)
{
    callers_t *self = ph_calloc(1, sizeof *self);
    self->loop = loop;
    self->on_end = on_end;
    self->arg = arg;
    return self;
}

/* Takes it out of the list. */
static void unlink_caller(caller_t *caller)
{
    caller_t **link = &caller->owner->first;
    while (*link != caller)
        link = &(*link)->next;
    *link = caller->next;
}

static void forget(caller_t *caller)
{
    unlink_caller(caller);
    pid_watch_stop(&caller->watch);
    free(caller);
}

static void forget_idle(caller_t *caller)
{
    caller->owner->idle--;
    forget(caller);
}

void callers_destroy(callers_t **self_p)
{
    callers_t *self = *self_p;
    if (!self)
        return;
    caller_t *next;
    for (caller_t *caller = self->first; caller; caller = next) {
        next = caller->next;
        assert(caller->holders == 0);
        pid_watch_stop(&caller->watch);
        free(caller);
    }
    ph_freep(self_p);
}

/* Those that hold it let go of it one after the other: it must not go with the last of them while
 * others are still compared with it. */
static void on_process_end(void *arg)
{
    caller_t *caller = arg;
    if (caller->holders == 0) {
        forget_idle(caller);
        return;
    }
    pid_watch_stop(&caller->watch);
    caller->pid = 0; /* the number may belong to somebody else from now on */
    caller->holders++;
    caller->owner->on_end(caller->owner->arg, caller);
    caller_release(caller);
}

/* An idle one may have ended without being noticed yet, and its number be that of another. */
static caller_t *find(const callers_t *self, pid_t pid)
{
    caller_t *caller = self->first;
    while (caller && caller->pid != pid)
        caller = caller->next;
    if (!caller || caller->holders > 0 || !pid_watch_has_ended(&caller->watch))
        return caller;
    forget_idle(caller);
    return NULL;
}

static void put_first(callers_t *self, caller_t *caller)
{
    caller->next = self->first;
    self->first = caller;
}

static caller_t *hold_again(callers_t *self, caller_t *caller)
{
    self->idle -= caller->holders == 0;
    caller->holders++;
    unlink_caller(caller);
    put_first(self, caller);
    return caller;
}

int callers_hold(callers_t *self, pid_t pid, caller_t **caller)
{
    caller_t *held = find(self, pid);
    if (held) {
        *caller = hold_again(self, held);
        return 0;
    }
    held = ph_calloc(1, sizeof *held);
    *held = (caller_t){.owner = self, .pid = pid, .holders = 1};
    if (pid_watch_start(&held->watch, self->loop, pid, on_process_end, held) < 0) {
        bool has_ended = errno == ESRCH;
        ph_freep(&held);
        *caller = NULL;
        return has_ended ? -1 : 0;
    }
    put_first(self, held);
    *caller = held;
    return 0;
}

/* Forgets the idle one that was held longest ago. */
static void forget_oldest_idle(callers_t *self)
{
    caller_t *oldest = NULL;
    for (caller_t *caller = self->first; caller; caller = caller->next)
        if (caller->holders == 0)
            oldest = caller;
    assert(oldest);
    forget_idle(oldest);
}

void caller_release(caller_t *caller)
{
    if (!caller || --caller->holders > 0)
        return;
    callers_t *self = caller->owner;
    if (caller->pid == 0) { /* it has ended */
        forget(caller);
        return;
    }
    if (++self->idle > MAX_IDLE)
        forget_oldest_idle(self);
}
