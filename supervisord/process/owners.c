#include "owners.h"

#include "mark.h"

#include <alloc.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENVIRONMENT_BYTES = 128 << 10, /* how far we look for a mark */
    STAT_BYTES = 2048,
    FIELDS_TO_ENVIRONMENT_END = 49, /* from the name on */
};

struct owned {
    pid_t pid;
    uint64_t start_ticks;
    uint64_t serial;
};

struct owners {
    uint64_t epoch;
    struct owned *items;
    size_t count;
    char environment[ENVIRONMENT_BYTES]; /* of the process that is looked at */
};

owners_t *owners_new(uint64_t epoch)
{
    owners_t *self = ph_calloc(1, sizeof *self);
    self->epoch = epoch;
    return self;
}

void owners_destroy(owners_t **self_p)
{
    owners_t *self = *self_p;
    if (!self)
        return;
    free(self->items);
    free(self);
    *self_p = NULL;
}

static const struct owned *find(const owners_t *self, const struct proc_stat *process)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].pid == process->pid &&
            self->items[i].start_ticks == process->start_ticks)
            return &self->items[i];
    return NULL;
}

void owners_note(owners_t *self, const struct proc_stat *process, uint64_t serial)
{
    if (find(self, process))
        return;
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    self->items[self->count++] = (struct owned){process->pid, process->start_ticks, serial};
}

/* Says whether the process may be looked at again, with another outcome. */
static bool may_pass(int number)
{
    return number != ENOENT && number != ESRCH && number != EACCES && number != EPERM;
}

/* In the middle of an exec, and of an exit, there is no environment to be seen; the end of it, a
 * number in /proc/PID/stat, is 0 then. An empty one has an end. */
static bool is_changing(const struct proc_stat *process)
{
    char text[STAT_BYTES];
    if (process->state == 'Z')
        return false;
    if (proc_read(process->pid, "stat", text, sizeof text) < 0)
        return may_pass(errno);
    const char *field = strrchr(text, ')');
    for (unsigned i = 0; field && i < FIELDS_TO_ENVIRONMENT_END; i++)
        field = strchr(field + 1, ' ');
    return field && strtoull(field, NULL, 10) == 0;
}

enum owner_answer owners_find(owners_t *self, const struct proc_stat *process, uint64_t *serial)
{
    const struct owned *owned = find(self, process);
    if (owned) {
        *serial = owned->serial;
        return OWNER_FOUND;
    }
    ssize_t size = proc_read(process->pid, "environ", self->environment, sizeof self->environment);
    bool is_hidden = size == 0 || (size < 0 && errno == ESRCH);
    if ((size < 0 && may_pass(errno)) || (is_hidden && is_changing(process)))
        return OWNER_UNSURE;
    if (size <= 0 || !mark_find(self->environment, (size_t)size, self->epoch, serial))
        return OWNER_NONE;
    owners_note(self, process, *serial);
    return OWNER_FOUND;
}

void owners_forget_dead(owners_t *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        struct proc_stat now;
        if (proc_stat_read(self->items[i].pid, &now, NULL) == 0 &&
            now.start_ticks == self->items[i].start_ticks)
            self->items[kept++] = self->items[i];
    }
    self->count = kept;
}
