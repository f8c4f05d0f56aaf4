/* proctable.h - a snapshot of all processes: one pass over /proc, and who is whose child in it.
 *
 * Nothing is kept up to date: processes come and go while it is taken and afterwards. A number may
 * belong to another process by the time it is used; number and start time together never do. */
#pragma once

#include <plughost/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What /proc/PID/stat says. */
struct proc_stat {
    pid_t pid;
    pid_t ppid;
    pid_t pgrp;
    pid_t session;
    int nice;
    char state;    /* a letter as in ps: 'Z' is a process that ended and is not reaped yet */
    char name[16]; /* cut there; any bytes */
    int64_t threads;
    uint64_t start_ticks; /* since boot */
    uint64_t cpu_ticks;   /* user and system time of its own */
    int64_t vms_bytes;
    int64_t rss_pages;
};

typedef struct proctable proctable_t;

/* Returns the first child of `parent`, of those that its main thread has started or was given, that
 * `is_wanted(arg, child)`; 0: there is none; -1: the kernel does not tell. */
pid_t proc_find_child(pid_t parent, bool (*is_wanted)(void *arg, pid_t pid), void *arg);

/* Reads the text of a /proc/PID/stat, whatever the process calls itself. Returns 0, or -1 and
 * PH_MALFORMED. */
int proc_stat_parse(const char *text, struct proc_stat *stat, struct ph_error *err);

/* Reads /proc/PID/stat. Returns 0, or -1: PH_NOT_FOUND when there is no such process. */
int proc_stat_read(pid_t pid, struct proc_stat *stat, struct ph_error *err);

/* Reads /proc/PID/NAME, at most `size` - 1 bytes, and puts a NUL behind them. Returns how many, or
 * -1 with errno set: ENOENT or ESRCH when there is no such process. */
ssize_t proc_read(pid_t pid, const char *name, char *text, size_t size);

/* Takes a snapshot. The caller owns it. Returns NULL and fills `err` when /proc cannot be read, or
 * not all of it for want of descriptors. */
proctable_t *proctable_new(struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void proctable_destroy(proctable_t **self_p);

/* Returns a process, which belongs to the table, or NULL. */
const struct proc_stat *proctable_find(const proctable_t *self, pid_t pid);

/* Goes over all of them: NULL begins and ends. */
const struct proc_stat *proctable_next(const proctable_t *self, const struct proc_stat *previous);

/* Returns the children of `pid`, `*count` of them, in an array that belongs to the table. */
const struct proc_stat *const *proctable_children(const proctable_t *self, pid_t pid,
                                                  size_t *count);

/* Returns the children of `pid`, theirs, and so on, nearest first: `*count` of them, in an array
 * that the caller frees; what it points to belongs to the table. */
const struct proc_stat **proctable_descendants(const proctable_t *self, pid_t pid, size_t *count);
