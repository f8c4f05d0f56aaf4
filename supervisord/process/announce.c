#include "announce.h"

#include <alloc.h>

static ph_writer_t *begin(const struct subject *self)
{
    ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "wid", self->wid);
    if (self->pid > 0)
        ph_writer_int(fields, "process_pid", self->pid);
    return fields;
}

static void publish(const struct subject *self, enum event_kind kind, ph_writer_t *fields,
                    const char *text)
{
    bus_publish(self->bus, kind, self->watcher, fields, text);
    ph_writer_destroy(&fields);
}

void announce_spawn(const struct subject *self)
{
    ph_cleanup(ph_freep) char *text = ph_format("process %d was started", (int)self->pid);
    publish(self, EVENT_SPAWN, begin(self), text);
}

void announce_ready(const struct subject *self, const char *how)
{
    ph_writer_t *fields = begin(self);
    ph_writer_string(fields, "reason", how);
    publish(self, EVENT_READY, fields, how);
}

void announce_error(const struct subject *self, const char *reason)
{
    ph_writer_t *fields = begin(self);
    ph_writer_string(fields, "reason", reason);
    publish(self, EVENT_ERROR, fields, reason);
}

static void announce_sent(const struct subject *self, enum event_kind kind, const char *how,
                          const char *reason)
{
    ph_writer_t *fields = begin(self);
    ph_writer_string(fields, "signal", how);
    ph_writer_string(fields, "reason", reason);
    ph_cleanup(ph_freep) char *text =
        ph_format("process %d is sent %s: %s", (int)self->pid, how, reason);
    publish(self, kind, fields, text);
}

void announce_kill(const struct subject *self, const char *how, const char *reason)
{
    announce_sent(self, EVENT_KILL, how, reason);
}

void announce_signal(const struct subject *self, const char *how, const char *reason)
{
    announce_sent(self, EVENT_SIGNAL, how, reason);
}

void announce_death(const struct subject *self, const struct death *death)
{
    ph_writer_t *fields = begin(self);
    ph_writer_int(fields, "exit_code", death->exit_code);
    ph_writer_string(fields, "cause", death->cause);
    ph_writer_float(fields, "uptime", (double)death->uptime_ms / 1000);
    ph_writer_float(fields, "user_time", (double)death->user_ms / 1000);
    ph_writer_float(fields, "system_time", (double)death->system_ms / 1000);
    ph_writer_int(fields, "max_rss", death->max_rss_bytes);
    if (death->output)
        ph_writer_string(fields, "output", death->output);
    ph_cleanup(ph_freep) char *text =
        ph_format("process %d ended: %s", (int)self->pid, death->cause);
    publish(self, EVENT_REAP, fields, text);
}

static void announce_delay(const struct subject *self, enum event_kind kind, unsigned attempt,
                           int64_t delay_ms, const char *reason, const char *text)
{
    ph_writer_t *fields = begin(self);
    ph_writer_int(fields, "attempt", attempt);
    if (delay_ms >= 0)
        ph_writer_float(fields, "delay", (double)delay_ms / 1000);
    ph_writer_string(fields, "reason", reason);
    publish(self, kind, fields, text);
}

void announce_backoff(const struct subject *self, unsigned attempt, int64_t delay_ms,
                      const char *reason)
{
    ph_cleanup(ph_freep) char *text = ph_format("next try in %g s", (double)delay_ms / 1000);
    announce_delay(self, EVENT_BACKOFF, attempt, delay_ms, reason, text);
}

void announce_failed(const struct subject *self, unsigned attempt, int64_t delay_ms,
                     const char *reason)
{
    announce_delay(self, EVENT_FAILED, attempt, delay_ms, reason, reason);
}
