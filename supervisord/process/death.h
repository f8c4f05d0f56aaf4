/* death.h - what is known of a process that ended. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct death {
    int wid;
    pid_t pid;         /* 0: it could not even be started */
    double time;       /* of the end: Unix time in seconds */
    int exit_code;     /* exit status, or minus the signal that killed it */
    char *cause;       /* in words */
    unsigned attempt;  /* which death in a row it is; 0: it was asked to end */
    int64_t uptime_ms; /* -1: it could not be started */
    int64_t user_ms, system_ms;
    int64_t max_rss_bytes;
    char *output; /* the last lines it wrote, or NULL */
};

/* Reaps the child `pid`, which has ended, and takes down how. First everything that is left of its
 * process group is killed: as long as the child is not reaped, its number cannot belong to anyone
 * else. Returns false, with nothing changed, when the child cannot be reaped yet: a debugger holds
 * it. */
bool death_reap(struct death *self, pid_t pid);

/* Returns what death_reap will say of the cause; the child is left as it is. The caller frees the
 * result. */
char *death_foresee(pid_t pid);

/* Replaces the cause by one that is known better. `cause` is copied. */
void death_set_cause(struct death *self, const char *cause);

/* Makes `self` the record of a process that could not be started. `cause` is copied. */
void death_before_birth(struct death *self, const char *cause);

/* Makes `self` a copy of `other`, with texts of its own. */
void death_copy(struct death *self, const struct death *other);

void death_release(struct death *self);

enum { DEATH_LOG_SIZE = 10 };

/* The last deaths. Zero it before use. */
struct death_log {
    struct death items[DEATH_LOG_SIZE];
    size_t count; /* of all that were ever added */
};

/* Adds a copy of a death; the oldest makes room. */
void death_log_add(struct death_log *self, const struct death *death);

/* Returns a death, from the newest (0) on; NULL: no more are remembered. */
const struct death *death_log_at(const struct death_log *self, size_t index);

void death_log_release(struct death_log *self);
