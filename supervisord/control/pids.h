/* pids.h - which processes a watcher had, and so what became of them. */
#pragma once

#include "../process/watcher.h"

struct pids {
    pid_t *items; /* the smallest first */
    size_t count;
};

/* Returns those that live; the caller releases them. */
struct pids pids_of(const watcher_t *watcher);
void pids_release(struct pids *self);

/* Writes the map `key` with the lists started, stopped and kept: what differs between two moments,
 * and what does not. */
void pids_write_changes(const struct pids *before, const struct pids *after, ph_writer_t *reply,
                        const char *key);
