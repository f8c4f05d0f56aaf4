/* publisher.h - who publishes events, how fast, and what was refused. */
#pragma once

#include "../plugin/peer.h"

#include <log.h>
#include <sys/types.h>

typedef struct publishers publishers_t;

/* Who shares what may be published: the first of these that is set. Zeroed, it is nobody. */
struct publisher_key {
    const void *session; /* of a plugin that the daemon has started */
    pid_t pid;           /* a process, with all its connections */
    uid_t uid;           /* of that process */
    struct peer peer;    /* one connection, where the kernel does not tell the process */
};

/* Read-only for others. */
struct publisher {
    struct publisher_key key;
    char *name;       /* "plugin:x", "uid 1000 pid 4242" or "unknown" */
    double allowance; /* events that it may publish now */
    int64_t used_ms;  /* when it published last */
    int64_t told_ms;  /* when the log was last told what was refused */
    uint64_t refused; /* since then */
};

/* `rate`: events of one publisher a second; 0: any number. The log is borrowed. The caller owns
 * the result. */
publishers_t *publishers_new(int64_t rate, ph_log_t *log);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void publishers_destroy(publishers_t **self_p);

/* Returns the one of that key. It belongs to `self` and holds until the next publishers_add. NULL:
 * there is none, or it has not published for so long that it may publish all that a new one may. */
struct publisher *publishers_find(const publishers_t *self, const struct publisher_key *key);

/* Makes a new one, whose key there must not be yet, and returns it. Key and name are copied. */
struct publisher *publishers_add(publishers_t *self, const struct publisher_key *key,
                                 const char *name);

/* It is known by another name now, which is copied. */
void publisher_rename(struct publisher *publisher, const char *name);

/* Takes `count` events from what it may publish. Returns 0, or -1: with PH_BUSY if it has published
 * too many just now, with PH_INVALID if so many at once are more than it may ever publish. */
int publisher_take(const publishers_t *self, struct publisher *publisher, size_t count,
                   struct ph_error *err);

/* Writes to the log that something was refused and nobody waits to hear it; at most once a second
 * for each. */
void publisher_complain(const publishers_t *self, struct publisher *publisher,
                        const struct ph_error *err);
