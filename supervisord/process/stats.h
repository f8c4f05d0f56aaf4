/* stats.h - what a process uses, read from /proc when somebody asks. Nothing is kept here. */
#pragma once

#include "proctable.h"

#include <stdbool.h>

enum { STATS_USERNAME_SIZE = 64, STATS_CMDLINE_SIZE = 512 };

/* What the caller keeps between two looks at the same process, so that the second tells of the time
 * in between. Zero it before the first. */
struct stats_sample {
    uint64_t start_ticks;
    uint64_t cpu_ticks;
    int64_t at_ms;
    double cpu_percent;
};

struct process_stats {
    pid_t pid;
    pid_t ppid;
    char state; /* as in struct proc_stat */
    int nice;
    int64_t threads;
    uid_t uid;
    char username[STATS_USERNAME_SIZE]; /* the uid in digits if /etc/passwd has no name for it */
    char cmdline[STATS_CMDLINE_SIZE];   /* arguments with blanks between them, perhaps cut; text */
    double cpu_percent;                 /* of one CPU, so it can be more than 100 */
    double cpu_seconds;                 /* user and system */
    double memory_percent;              /* what rss_bytes is of the machine's memory */
    int64_t rss_bytes;
    int64_t vms_bytes;
    int64_t pss_bytes;   /* -1: not asked for, or not ours to read */
    int64_t descriptors; /* -1: not ours to read; so are the next two */
    int64_t read_bytes;  /* from disks */
    int64_t write_bytes;
    double age_seconds;
    double created_at; /* seconds since 1970 */
};

/* The sum over a group of processes. */
struct tree_stats {
    size_t count;
    int64_t threads;
    double cpu_percent;
    double cpu_seconds;
    double memory_percent;
    int64_t rss_bytes; /* pages that several share count for each */
    int64_t vms_bytes;
};

/* Reads what one process uses. `with_pss` costs the kernel a walk over its memory. The CPU's share
 * is that since `sample`, which is then renewed unless it is very young; without one (NULL, or of
 * another process) it is that over the whole life. Returns 0, or -1: PH_NOT_FOUND when there is no
 * such process. */
int stats_read(pid_t pid, bool with_pss, struct stats_sample *sample, struct process_stats *stats,
               struct ph_error *err);

/* Adds up what all descendants of `pid` use, without itself, as the snapshot has them. `sample` is
 * as for stats_read. Returns 0, or -1: PH_NOT_FOUND when `pid` is not in it. */
int stats_read_tree(const proctable_t *table, pid_t pid, struct stats_sample *sample,
                    struct tree_stats *stats, struct ph_error *err);
