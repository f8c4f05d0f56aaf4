/* counter.c - a plugin that counts the events on event.bench, and finds out whether all came, in
 * order.
 *
 * `result` tells how many came, how many times their number was not above the last, what the plugin
 * was told of gaps, when the last came (nanoseconds of the monotonic clock) and, with the option
 * `delays`, how long the slowest was on its way. `echo` answers with nothing, `crash` not at all.
 * With `pause_ms` it stands still so long at event number `pause_at`. */
#include "measure.h"

#include <inttypes.h>
#include <plughost/plughost.h>
#include <signal.h>

static const char *const topics[] = {"event.bench", NULL};

static const struct ph_option options[] = {
    {.name = "expected", .type = PH_OPTION_INT, .text = "when it has so many, it takes the time"},
    {.name = "delays", .type = PH_OPTION_BOOL, .text = "measure how long each was on its way"},
    {.name = "pause_ms", .type = PH_OPTION_INT, .text = "how long to stand still"},
    {.name = "pause_at", .type = PH_OPTION_INT, .text = "at which event"},
    {0},
};

struct counter {
    int64_t expected, pause_ms, pause_at;
    bool delays;
    int64_t received, disorder, gaps, end_ns, worst_ns;
    uint64_t missed, seq;
};

static int counter_init(ph_plugin_t *plugin, struct ph_error *err)
{
    struct counter *self = calloc(1, sizeof *self);
    if (!self)
        return ph_error_set(err, PH_SYSTEM, "no memory");
    ph_plugin_set_data(plugin, self);
    if (ph_plugin_option_int(plugin, "expected", INT64_MAX, &self->expected, err) < 0 ||
        ph_plugin_option_bool(plugin, "delays", false, &self->delays, err) < 0 ||
        ph_plugin_option_int(plugin, "pause_ms", 0, &self->pause_ms, err) < 0 ||
        ph_plugin_option_int(plugin, "pause_at", 1, &self->pause_at, err) < 0)
        return -1;
    return 0;
}

static void stand_still(const struct counter *self)
{
    struct timespec pause = {self->pause_ms / 1000, self->pause_ms % 1000 * 1000000};
    nanosleep(&pause, NULL);
}

static void measure_delay(struct counter *self, const ph_event_t *event)
{
    int64_t now = now_ns();
    int64_t delay = now - ph_value_int(ph_value_get(ph_event_body(event), "sent"), now);
    if (delay > self->worst_ns)
        self->worst_ns = delay;
}

static void counter_recv(ph_plugin_t *plugin, const ph_event_t *event)
{
    struct counter *self = ph_plugin_data(plugin);
    uint64_t seq = ph_event_seq(event);
    self->disorder += seq <= self->seq;
    self->seq = seq;
    if (++self->received >= self->expected)
        self->end_ns = now_ns();
    if (self->delays)
        measure_delay(self, event);
    if (self->pause_ms > 0 && self->received == self->pause_at)
        stand_still(self);
}

static void counter_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    struct counter *self = ph_plugin_data(plugin);
    self->gaps++;
    self->missed += gap->missed;
}

static void counter_stop(ph_plugin_t *plugin)
{
    free(ph_plugin_data(plugin));
}

static int tell_result(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                       struct ph_error *err)
{
    (void)args, (void)err;
    const struct counter *self = ph_plugin_data(plugin);
    ph_writer_int(result, "received", self->received);
    ph_writer_int(result, "disorder", self->disorder);
    ph_writer_int(result, "gaps", self->gaps);
    ph_writer_int(result, "missed", (int64_t)self->missed);
    ph_writer_int(result, "end_ns", self->end_ns);
    ph_writer_int(result, "worst_ns", self->worst_ns);
    return 0;
}

static int echo(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)plugin, (void)args, (void)result, (void)err;
    return 0;
}

static int crash(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                 struct ph_error *err)
{
    (void)plugin, (void)args, (void)result, (void)err;
    return raise(SIGKILL);
}

static const struct ph_method methods[] = {
    {"result", "Tells what came.", NULL, tell_result},
    {"echo", "Answers.", NULL, echo},
    {"crash", "Dies.", NULL, crash},
    {0},
};

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .topics = topics,
    .handle_init = counter_init,
    .handle_recv = counter_recv,
    .handle_stop = counter_stop,
    .options = options,
    .methods = methods,
    .handle_gap = counter_gap,
};
