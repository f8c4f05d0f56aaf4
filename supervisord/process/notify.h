/* notify.h - where programs say that they are ready: the socket of sd_notify(3).
 *
 * Its address is an abstract one. A path would have to be in the run directory, which children of
 * other users cannot enter; here the kernel says which process sent a message, so anybody may write
 * and only known children are listened to. */
#pragma once

#include "../loop/loop.h"
#include "notify_message.h"

#include <sys/types.h>

typedef struct notify notify_t;

/* `pid` sent `message`, which is borrowed. It may be a descendant of the process that is meant, or
 * a stranger. The notify_t must outlive the call. */
typedef void notify_fn(void *arg, pid_t pid, const struct notify_message *message);

/* Opens the socket and watches it in the loop. The caller owns the result. Returns NULL and fills
 * `err` when that fails. */
notify_t *notify_new(loop_t *loop, notify_fn *on_message, void *arg, struct ph_error *err);

/* Closes it, frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void notify_destroy(notify_t **self_p);

/* Returns the value of NOTIFY_SOCKET for children, such as "@0001f". */
const char *notify_address(const notify_t *self);
