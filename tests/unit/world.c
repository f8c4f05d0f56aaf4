#include "world.h"

#include <clock.h>
#include <criterion/criterion.h>
#include <string.h>

enum { TICK_MS = 5, LIMIT_MS = 10000 };

static void ignore_settling(void *arg)
{
    (void)arg;
}

static void ignore_change(void *arg, watcher_t *watcher)
{
    (void)arg;
    (void)watcher;
}

static void on_tick(void *arg)
{
    struct world *self = arg;
    self->has_come = self->is_over(self->is_over_arg);
    if (self->has_come || ph_clock_ms() > self->deadline)
        loop_end(self->loop);
    else
        timers_start(loop_timers(self->loop), &self->timer, TICK_MS);
}

static void make_watchers(struct world *self)
{
    struct ph_error err;
    struct configuration *configuration = &self->configuration;
    struct watchers_context context = {
        .host = host_of_processes(self->host),
        .warmup_ms = configuration->settings.warmup_delay_ms,
        .on_change = self->on_change ? self->on_change : ignore_change,
        .on_settled = self->on_settled ? self->on_settled : ignore_settling,
        .on_removal = self->on_removal ? self->on_removal : ignore_change,
        .arg = self->arg};
    self->watchers = watchers_new(&context);
    for (size_t i = 0; i < configuration->watcher_count; i++)
        cr_assert(watchers_add(self->watchers, &configuration->watchers[i], &err), "%s",
                  err.message);
}

void world_init(struct world *self, const char *text)
{
    struct ph_error err;
    zsys_handler_set(NULL);
    ph_cleanup(problems_release) struct problems problems = {0};
    cr_assert_eq(configuration_parse(&self->configuration, text, strlen(text), &problems), 0, "%s",
                 problems.count > 0 ? problems.items[0].error.message : "");
    self->timer = (struct timer){.fire = on_tick, .arg = self};
    self->loop = loop_new(NULL);
    zsock_t *pubsub = zsock_new(ZMQ_XPUB);
    cr_assert(self->loop && pubsub && zsock_bind(pubsub, "inproc://world") == 0);
    self->bus = bus_new(self->loop, &pubsub, NULL, NULL);
    struct host_context context = {self->loop, self->bus, NULL, &self->configuration};
    self->host = host_new(&context, &err);
    cr_assert(self->host, "%s", err.message);
    make_watchers(self);
}

void world_release(struct world *self)
{
    watchers_destroy(&self->watchers);
    host_destroy(&self->host);
    bus_destroy(&self->bus);
    loop_destroy(&self->loop);
    configuration_release(&self->configuration);
}

watcher_t *world_watcher(const struct world *self, const char *name)
{
    watcher_t *watcher = watchers_find(self->watchers, name, NULL);
    cr_assert(watcher, "there is no '%s'", name);
    return watcher;
}

const struct process_host *world_host(const struct world *self)
{
    return host_of_processes(self->host);
}

void world_run(struct world *self, bool (*is_over)(void *arg), void *arg)
{
    self->is_over = is_over;
    self->is_over_arg = arg;
    self->deadline = ph_clock_ms() + LIMIT_MS;
    timers_start(loop_timers(self->loop), &self->timer, 0);
    loop_run(self->loop);
    cr_assert(self->has_come, "it did not come in time");
}
