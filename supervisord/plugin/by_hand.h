/* by_hand.h - looks after a plugin that somebody runs by hand: it goes when its process ends, or
 * when it was not heard of for too long. */
#pragma once

#include "../process/watchdog.h"
#include "pid_watch.h"

enum { BY_HAND_SILENCE_MS = 30000 };

/* Part of its owner; set `on_end` and `arg`, zero the rest. */
struct by_hand {
    void (*on_end)(void *arg, const char *why); /* "it has ended" */
    void *arg;
    pid_t pid; /* 0: the kernel does not tell */
    struct pid_watch process;
    struct watchdog silence;
};

/* Begins to look after it. Returns 0, or -1: its process has ended already. */
int by_hand_begin(struct by_hand *self, loop_t *loop, pid_t pid);

/* Says whether its process has ended, though `on_end` may not have been called yet. */
bool by_hand_has_ended(const struct by_hand *self);

/* Nothing happens if it has not begun. */
void by_hand_stop(struct by_hand *self);
