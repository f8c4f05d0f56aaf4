/* announce.h - the events in the life of one process. */
#pragma once

#include "../event/bus.h"
#include "death.h"

/* Whose events they are. */
struct subject {
    bus_t *bus;
    const char *watcher;
    int wid;
    pid_t pid; /* 0: there is no child */
};

void announce_spawn(const struct subject *self);
void announce_ready(const struct subject *self, const char *how);
void announce_error(const struct subject *self, const char *reason);

/* A signal was sent: to end the process, or for any other purpose. `how` is its name, or "stop" for
 * a message to a plugin. */
void announce_kill(const struct subject *self, const char *how, const char *reason);
void announce_signal(const struct subject *self, const char *how, const char *reason);

void announce_death(const struct subject *self, const struct death *death);

/* What follows a death: the next try in so long, or none by itself (-1). */
void announce_backoff(const struct subject *self, unsigned attempt, int64_t delay_ms,
                      const char *reason);
void announce_failed(const struct subject *self, unsigned attempt, int64_t delay_ms,
                     const char *reason);
