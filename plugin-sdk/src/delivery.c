#include "delivery.h"

#include "deadline.h"
#include "event.h"
#include "heartbeat.h"

#include <alloc.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BATCH = 100 };

bool delivery_is_wanted(const ph_plugin_t *plugin)
{
    return plugin->module.handle_recv || plugin->module.handle_batch;
}

/* ---- batches ---- */

static void hand_over_batch(ph_plugin_t *plugin)
{
    struct batch *batch = &plugin->batch;
    size_t count = batch->count;
    if (count == 0)
        return;
    batch->count = 0;
    plugin->module.handle_batch(plugin, (const ph_event_t *const *)batch->events, count);
    for (size_t i = 0; i < count; i++)
        ph_event_destroy(&batch->events[i]);
}

static void add_to_batch(ph_plugin_t *plugin, ph_event_t **event_p)
{
    struct batch *batch = &plugin->batch;
    if (!batch->events) {
        batch->most = plugin->module.batch_max ? plugin->module.batch_max : DEFAULT_BATCH;
        batch->events = ph_calloc(batch->most, sizeof(ph_event_t *));
    }
    if (batch->count == 0 && plugin->module.batch_age_ms > 0)
        batch->due = deadline_after(plugin->module.batch_age_ms);
    batch->events[batch->count++] = ph_steal(event_p);
    if (batch->count == batch->most)
        hand_over_batch(plugin);
}

static bool is_batch_due(const ph_plugin_t *plugin)
{
    return plugin->batch.count > 0 &&
           (plugin->module.batch_age_ms <= 0 || plugin->batch.due <= ph_clock_ms());
}

int64_t delivery_deadline(const ph_plugin_t *plugin)
{
    if (plugin->batch.count == 0)
        return -1;
    return plugin->module.batch_age_ms <= 0 ? 0 : plugin->batch.due;
}

void delivery_release(ph_plugin_t *plugin)
{
    struct batch *batch = &plugin->batch;
    for (size_t i = 0; i < batch->count; i++)
        ph_event_destroy(&batch->events[i]);
    free(batch->events);
    *batch = (struct batch){0};
}

/* ---- gaps ---- */

/* What came before the gap is handed over before the plugin hears of it. The daemon hears of it in
 * the next round. */
static void tell_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    hand_over_batch(plugin);
    if (plugin->module.handle_gap)
        plugin->module.handle_gap(plugin, gap);
    heartbeat_hurry(plugin);
}

/* Comes before the event or mark that shows it. */
static void tell_absence(ph_plugin_t *plugin, const struct place *reached)
{
    struct ph_gap gap;
    if (gap_counter_return(plugin->gaps, reached, &gap))
        tell_gap(plugin, &gap);
}

static void take_mark(ph_plugin_t *plugin, const ph_event_t *event, const struct place *place)
{
    if (strcmp(ph_event_topic(event), plugin->session.mark) != 0)
        return;
    tell_absence(plugin, place);
    struct ph_gap gap;
    int64_t expected = ph_value_int(ph_value_get(ph_event_body(event), "expected"), 0);
    if (gap_counter_mark(plugin->gaps, (uint64_t)expected, place, &gap))
        tell_gap(plugin, &gap);
}

static void hand_over(ph_plugin_t *plugin, ph_event_t **event_p)
{
    if (plugin->module.handle_batch)
        add_to_batch(plugin, event_p);
    else if (plugin->module.handle_recv)
        plugin->module.handle_recv(plugin, *event_p);
}

static void take(ph_plugin_t *plugin, ph_event_t **event_p)
{
    const ph_event_t *event = *event_p;
    struct place place = {ph_event_epoch(event), ph_event_seq(event)};
    if (!event_is_numbered(event)) {
        if (event_begins_with(event, "log."))
            hand_over(plugin, event_p);
        else
            take_mark(plugin, event, &place);
        return;
    }
    tell_absence(plugin, &(struct place){place.epoch, place.seq > 0 ? place.seq - 1 : 0});
    struct ph_gap gap;
    if (gap_counter_take(plugin->gaps, ph_event_topic(event), &place, &gap))
        tell_gap(plugin, &gap);
    hand_over(plugin, event_p);
}

bool delivery_run(ph_plugin_t *plugin, size_t most)
{
    for (size_t i = 0; i < most && !plugin->has_to_stop; i++) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = subscriber_next(plugin->subscriber);
        if (event) {
            take(plugin, &event);
            continue;
        }
        struct ph_gap gap;
        if (gap_counter_settle(plugin->gaps, &gap))
            tell_gap(plugin, &gap);
        if (is_batch_due(plugin))
            hand_over_batch(plugin);
        return false;
    }
    if (plugin->batch.count > 0 && plugin->module.batch_age_ms > 0 && is_batch_due(plugin))
        hand_over_batch(plugin);
    return true;
}

void delivery_finish(ph_plugin_t *plugin)
{
    while (subscriber_has_kept(plugin->subscriber)) {
        ph_cleanup(ph_event_destroy) ph_event_t *event = subscriber_next(plugin->subscriber);
        take(plugin, &event);
    }
    hand_over_batch(plugin);
}
