/* watchdog.h - notices that a process has given no sign of life for too long. */
#pragma once

#include "../loop/timers.h"

/* It may be the daemon that was held up: so long what waits to be read is waited for. */
enum { WATCHDOG_LAST_CHANCE_MS = 100 };

/* Part of its owner; set `timers`, `on_hang` and `arg`, zero the rest. */
struct watchdog {
    timers_t *timers;
    void (*on_hang)(void *arg); /* called once; the watchdog has stopped then */
    void *arg;
    int64_t limit_ms; /* 0: it does not run */
    int64_t last_ms;  /* of the last sign of life */
    int64_t due_ms;
    bool is_last_chance; /* it was due, and what waits to be read comes first */
    struct timer timer;
};

/* Begins to watch: now is a sign of life. */
void watchdog_start(struct watchdog *self, int64_t limit_ms);

/* A sign of life: the next one may take as long as usual, or longer if that was said before. */
void watchdog_show_life(struct watchdog *self);

/* One from the loop of the process: what was said before is over. `busy_ms`: the next one may take
 * so long; 0: as long as usual. */
void watchdog_take_heartbeat(struct watchdog *self, int64_t busy_ms);

void watchdog_stop(struct watchdog *self);

/* Returns how long ago the last sign of life was; -1: it does not run. */
int64_t watchdog_silence_ms(const struct watchdog *self);
