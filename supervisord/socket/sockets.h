/* sockets.h - the listening sockets that the daemon opens once and its children inherit.
 *
 * They stay open while children come and go: no connection is refused meanwhile. */
#pragma once

#include "options.h"

#include <stddef.h>

typedef struct sockets sockets_t;

/* What there is to say of one. The texts belong to the sockets. */
struct socket_info {
    const char *name;
    const char *host; /* the number of the address; NULL for a path */
    const char *path; /* or NULL */
    int64_t port;     /* the real one, if the options said 0 */
    int64_t backlog;
    int fd; /* borrowed; -1: with so_reuseport every process has its own */
};

/* Opens all of them; the options are copied. The caller owns the result. Returns NULL with `err`
 * filled, and nothing open, if one fails. */
sockets_t *sockets_open(const struct socket_options *options, size_t count, struct ph_error *err);

/* Opens one more. Returns 0, or -1 with `err` filled. */
int sockets_add(sockets_t *self, const struct socket_options *options, struct ph_error *err);

/* Closes those behind the first `count`, which were added in vain. */
void sockets_cut(sockets_t *self, size_t count);

/* Closes them, removes the paths that are still theirs, frees `*self_p` and sets it to NULL.
 * `*self_p` may be NULL. */
void sockets_destroy(sockets_t **self_p);

/* Lists them in the order of the options. */
size_t sockets_count(const sockets_t *self);
const struct socket_info *sockets_at(const sockets_t *self, size_t index);

/* Finds one by its name in either case. Returns NULL with PH_NOT_FOUND and the nearest name as
 * hint. */
const struct socket_info *sockets_find(const sockets_t *self, const char *name,
                                       struct ph_error *err);

/* Finds those of `names`, a list ended by NULL, each once; NULL instead of the list means all but
 * those with so_reuseport, which must be named: connections wait in each of them for the process
 * that has it. Returns a list ended by NULL, which the caller frees with free; or NULL with
 * PH_NOT_FOUND. */
const struct socket_info **sockets_select(const sockets_t *self, const char *const *names,
                                          struct ph_error *err);

/* Opens one more socket at the address of one with so_reuseport. The caller owns the descriptor.
 * Returns -1 and fills `err` on failure. */
int sockets_open_own(const sockets_t *self, const char *name, struct ph_error *err);
