#include "pids.h"

#include <alloc.h>
#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const pid_t *one = a, *other = b;
    return (*one > *other) - (*one < *other);
}

struct pids pids_of(const watcher_t *watcher)
{
    struct pids self = {0};
    for (process_t *process = watcher_next_process(watcher, NULL); process;
         process = watcher_next_process(watcher, process)) {
        if (process_pid(process) <= 0)
            continue;
        self.items = ph_realloc_array(self.items, self.count + 1, sizeof(pid_t));
        self.items[self.count++] = process_pid(process);
    }
    if (self.count > 0)
        qsort(self.items, self.count, sizeof(pid_t), compare);
    return self;
}

void pids_release(struct pids *self)
{
    free(self->items);
    *self = (struct pids){0};
}

static bool has(const struct pids *self, pid_t pid)
{
    return self->count > 0 && bsearch(&pid, self->items, self->count, sizeof(pid_t), compare);
}

/* Writes those of `self` that are in `other`, or those that are not. */
static void write_list(const struct pids *self, const struct pids *other, bool are_in,
                       ph_writer_t *reply, const char *key)
{
    ph_writer_array(reply, key);
    for (size_t i = 0; i < self->count; i++)
        if (has(other, self->items[i]) == are_in)
            ph_writer_int(reply, NULL, self->items[i]);
    ph_writer_end(reply);
}

void pids_write_changes(const struct pids *before, const struct pids *after, ph_writer_t *reply,
                        const char *key)
{
    ph_writer_map(reply, key);
    write_list(before, after, false, reply, "stopped");
    write_list(after, before, false, reply, "started");
    write_list(after, before, true, reply, "kept");
    ph_writer_end(reply);
}
