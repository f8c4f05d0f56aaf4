/* signals.h - the signals that the daemon itself takes, and what they mean. */
#pragma once

#include "loop/loop.h"

#include <signal.h>

typedef struct signals signals_t;

struct signals_listener {
    void (*on_quit)(void *arg, const char *reason);   /* SIGTERM, SIGINT, SIGQUIT */
    void (*on_reopen)(void *arg);                     /* SIGUSR1, SIGHUP */
    void (*on_hangup)(void *arg, const char *reason); /* SIGHUP, behind on_reopen */
    void *arg;
};

/* Returns the signals that are taken: those that the caller of this program has not ignored. They
 * must be blocked in all threads. */
sigset_t signals_taken(void);

/* Watches for them. In a program that was started in a terminal SIGHUP means to quit. The loop is
 * borrowed, the listener copied. The caller owns the result. Returns NULL and `err`. */
signals_t *signals_new(loop_t *loop, const struct signals_listener *listener, struct ph_error *err);

/* Frees `*self_p` and sets it to NULL. `*self_p` may be NULL. */
void signals_destroy(signals_t **self_p);
