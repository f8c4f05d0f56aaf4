#include "heartbeat.h"

#include "deadline.h"

#include <alloc.h>

enum {
    METRICS_MS = 10000,  /* how often metrics are sent when no heartbeats are */
    FOR_EVER_S = 86400,  /* what the daemon takes for a time */
    MOST_SECONDS = 3600, /* of an interval: more is a mistake, and would not fit */
};

void heartbeat_start(ph_plugin_t *plugin, double interval_seconds)
{
    struct heartbeat *self = &plugin->heartbeat;
    bool is_wanted = interval_seconds > 0 && interval_seconds <= MOST_SECONDS;
    self->interval_ms = is_wanted ? (int)(interval_seconds * 1000) : 0;
    if (is_wanted && self->interval_ms == 0)
        self->interval_ms = 1;
    self->due = is_wanted ? deadline_after(self->interval_ms) : -1;
}

void heartbeat_stop(ph_plugin_t *plugin)
{
    plugin->heartbeat.interval_ms = 0;
    plugin->heartbeat.due = -1;
    plugin->heartbeat.busy_until = 0;
    plugin->heartbeat.is_wait_told = false;
}

static void send_heartbeat(ph_plugin_t *plugin, double busy_seconds)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "missed", (int64_t)gap_counter_missed(plugin->gaps));
    if (busy_seconds > 0)
        ph_writer_float(properties, "busy", busy_seconds);
    requester_cast(plugin->requester, "plugin.heartbeat", properties, 0, NULL);
}

void heartbeat_run(ph_plugin_t *plugin, int64_t now)
{
    struct heartbeat *self = &plugin->heartbeat;
    if (self->metrics_due >= 0 && self->metrics_due <= now)
        heartbeat_send_metrics(plugin);
    if (self->busy_until > 0) /* whoever said so has returned */
        heartbeat_hurry(plugin);
    self->busy_until = 0;
    if (self->due < 0 || self->due > now)
        return;
    heartbeat_send_metrics(plugin);
    send_heartbeat(plugin, 0);
    self->due = now + self->interval_ms;
}

void heartbeat_hurry(ph_plugin_t *plugin)
{
    if (plugin->heartbeat.interval_ms > 0)
        plugin->heartbeat.due = 0;
}

int64_t heartbeat_deadline(const ph_plugin_t *plugin)
{
    return deadline_earlier(plugin->heartbeat.due, plugin->heartbeat.metrics_due);
}

/* The next heartbeat is due when the usual time is over, and is sent when the plugin is back. */
static void announce(ph_plugin_t *plugin, int busy_ms)
{
    double seconds =
        busy_ms < 0 ? FOR_EVER_S : (busy_ms + (double)plugin->heartbeat.interval_ms) / 1000.0;
    send_heartbeat(plugin, seconds < FOR_EVER_S ? seconds : FOR_EVER_S);
}

static bool is_busy_beyond(const struct heartbeat *self, int64_t time)
{
    return self->busy_until > 0 && self->busy_until >= time;
}

void heartbeat_be_busy(ph_plugin_t *plugin, int ms)
{
    if (plugin->heartbeat.interval_ms == 0)
        return;
    plugin->heartbeat.busy_until = deadline_after(ms);
    announce(plugin, ms);
}

/* A wait within what was announced for longer must not shorten that. */
void heartbeat_before_wait(ph_plugin_t *plugin, int timeout_ms)
{
    struct heartbeat *self = &plugin->heartbeat;
    if (self->interval_ms == 0 || (timeout_ms >= 0 && timeout_ms <= self->interval_ms))
        return;
    if (timeout_ms >= 0 && is_busy_beyond(self, deadline_after(timeout_ms)))
        return;
    self->is_wait_told = true;
    announce(plugin, timeout_ms);
}

void heartbeat_after_wait(ph_plugin_t *plugin)
{
    struct heartbeat *self = &plugin->heartbeat;
    if (!self->is_wait_told)
        return;
    self->is_wait_told = false;
    if (is_busy_beyond(self, ph_clock_ms()))
        announce(plugin, deadline_left(self->busy_until));
    else
        send_heartbeat(plugin, 0);
}

void heartbeat_note_metrics(ph_plugin_t *plugin)
{
    struct heartbeat *self = &plugin->heartbeat;
    if (self->metrics_due < 0 && self->interval_ms == 0)
        self->metrics_due = deadline_after(METRICS_MS);
}

void heartbeat_send_metrics(ph_plugin_t *plugin)
{
    plugin->heartbeat.metrics_due = -1;
    if (!plugin->metrics || !metrics_have_changed(plugin->metrics))
        return;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties =
        plugin->session.is_open ? metrics_write(plugin->metrics) : NULL;
    if (properties && requester_cast(plugin->requester, "plugin.metrics", properties, 0, NULL) == 0)
        metrics_clear(plugin->metrics);
    else
        heartbeat_note_metrics(plugin);
}
