/* workshop.c - a plugin that does everything once: its methods use the functions of the library,
 * and say what came of it. */
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CALL_MS = 10000 };

struct workshop {
    int64_t ticks;
    int64_t events;
    int64_t batches;
    int64_t missed;
    int64_t new_epochs;
    int pipe[2];
    int ticker;
    ph_deferred_t *waiting;
    char last_topic[100];
    char level[16]; /* in force */
};

static int add(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
               struct ph_error *err)
{
    (void)plugin, (void)err;
    ph_writer_int(result, "sum",
                  ph_value_int(ph_value_get(args, "a"), 0) +
                      ph_value_int(ph_value_get(args, "b"), 0));
    return 0;
}

static int refuse(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                  struct ph_error *err)
{
    (void)plugin, (void)args, (void)result;
    ph_error_set(err, PH_CONFLICT, "the workshop is closed");
    return ph_error_hint(err, "come back tomorrow");
}

static int fail_silently(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                         struct ph_error *err)
{
    (void)plugin, (void)args, (void)result, (void)err;
    return -1;
}

static int tell(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)args, (void)err;
    const struct workshop *self = ph_plugin_data(plugin);
    ph_writer_int(result, "ticks", self->ticks);
    ph_writer_int(result, "events", self->events);
    ph_writer_int(result, "batches", self->batches);
    ph_writer_int(result, "missed", self->missed);
    ph_writer_string(result, "topic", self->last_topic);
    ph_writer_string(result, "level", ph_plugin_option(plugin, "level", "none"));
    ph_writer_string(result, "taken", self->level);
    ph_writer_string(result, "trace", ph_plugin_trace(plugin));
    ph_writer_bool(result, "is_cancelled",
                   self->waiting && ph_deferred_is_cancelled(self->waiting));
    return 0;
}

/* ---- answers that come later ---- */

static void answer(ph_plugin_t *plugin, void *arg)
{
    (void)plugin;
    ph_deferred_t *deferred = arg;
    ph_cleanup(ph_writer_destroy) ph_writer_t *result = ph_writer_new();
    ph_writer_string(result, "text", "later");
    ph_deferred_answer(&deferred, result);
}

static int defer(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                 struct ph_error *err)
{
    (void)args, (void)result, (void)err;
    ph_plugin_after(plugin, 20, answer, ph_plugin_defer(plugin));
    return 0;
}

static int keep(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)args, (void)result, (void)err;
    struct workshop *self = ph_plugin_data(plugin);
    self->waiting = ph_plugin_defer(plugin);
    return 0;
}

static void on_reply(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                     void *arg)
{
    (void)plugin;
    ph_deferred_t *deferred = arg;
    ph_cleanup(ph_writer_destroy) ph_writer_t *result = ph_writer_new();
    if (!reply) {
        ph_deferred_refuse(&deferred, err);
        return;
    }
    ph_writer_value(result, "reply", reply);
    ph_deferred_answer(&deferred, result);
}

static int call_later(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                      struct ph_error *err)
{
    (void)result;
    const char *command = ph_value_string(ph_value_get(args, "command"), "ping");
    ph_deferred_t *deferred = ph_plugin_defer(plugin);
    return ph_plugin_call_async(plugin, command, NULL, CALL_MS, on_reply, deferred, err);
}

/* ---- others ---- */

static int forward(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                   struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *reply =
        ph_plugin_invoke(plugin, ph_value_string(ph_value_get(args, "plugin"), ""),
                         ph_value_string(ph_value_get(args, "method"), ""), NULL, CALL_MS, err);
    if (!reply)
        return -1;
    ph_writer_value(result, "result", ph_value_get(ph_message_body(reply), "result"));
    return 0;
}

static int subscribe(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                     struct ph_error *err)
{
    (void)result;
    return ph_plugin_subscribe(plugin, ph_value_string(ph_value_get(args, "prefix"), ""), err);
}

static int unsubscribe(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                       struct ph_error *err)
{
    (void)result;
    return ph_plugin_unsubscribe(plugin, ph_value_string(ph_value_get(args, "prefix"), ""), err);
}

static int publish(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                   struct ph_error *err)
{
    (void)result;
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_int(fields, "answer", 42);
    return ph_plugin_publish(plugin, ph_value_string(ph_value_get(args, "topic"), ""), fields, err);
}

static const struct ph_method late_method = {"late", "Was added at run time.", NULL, tell};

static int add_method(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                      struct ph_error *err)
{
    (void)args, (void)result;
    return ph_plugin_method(plugin, &late_method, err);
}

static int write_pipe(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                      struct ph_error *err)
{
    (void)args, (void)result;
    const struct workshop *self = ph_plugin_data(plugin);
    return write(self->pipe[1], "x", 1) == 1 ? 0 : ph_error_sys(err, "cannot write to the pipe");
}

static int measure(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                   struct ph_error *err)
{
    (void)args, (void)result, (void)err;
    ph_plugin_counter(plugin, "jobs", 2);
    ph_plugin_counter(plugin, "jobs", 3);
    ph_plugin_gauge(plugin, "depth", 1.5);
    ph_plugin_histogram(plugin, "seconds", 0.25);
    ph_plugin_histogram(plugin, "seconds", 3);
    return 0;
}

/* Says so by a heartbeat of its own: the next one that the library sends tells the truth again. */
static int lose(ph_plugin_t *plugin, const ph_value_t *args, ph_writer_t *result,
                struct ph_error *err)
{
    (void)result;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_int(properties, "missed", ph_value_int(ph_value_get(args, "count"), 1));
    return ph_plugin_cast(plugin, "plugin.heartbeat", properties, err);
}

static const struct ph_argument numbers[] = {
    {"a", PH_ARGUMENT_INT, true, "the one"},
    {"b", PH_ARGUMENT_INT, true, "the other"},
    {0},
};
static const struct ph_argument losses[] = {{"count", PH_ARGUMENT_INT, false, "how many"}, {0}};
static const struct ph_argument command[] = {{"command", PH_ARGUMENT_TEXT, false, "what"}, {0}};
static const struct ph_argument prefix[] = {{"prefix", PH_ARGUMENT_TEXT, true, "of topics"}, {0}};
static const struct ph_argument topic[] = {{"topic", PH_ARGUMENT_TEXT, true, "its name"}, {0}};
static const struct ph_argument target[] = {
    {"plugin", PH_ARGUMENT_TEXT, true, "whose"},
    {"method", PH_ARGUMENT_TEXT, true, "which"},
    {0},
};

static const struct ph_method methods[] = {
    {"add", "Adds two numbers.", numbers, add},
    {"refuse", "Refuses.", NULL, refuse},
    {"fail", "Fails without a word.", NULL, fail_silently},
    {"tell", "Tells what has happened.", NULL, tell},
    {"defer", "Answers a bit later.", NULL, defer},
    {"keep", "Never answers.", NULL, keep},
    {"call_later", "Answers with the reply to a command.", command, call_later},
    {"forward", "Invokes a method of another plugin.", target, forward},
    {"subscribe", "Subscribes to more.", prefix, subscribe},
    {"unsubscribe", "Subscribes to less.", prefix, unsubscribe},
    {"publish", "Publishes an event.", topic, publish},
    {"add_method", "Adds the method 'late'.", NULL, add_method},
    {"write_pipe", "Makes the descriptor ready that is watched.", NULL, write_pipe},
    {"measure", "Measures.", NULL, measure},
    {"lose", "Says that events were missed.", losses, lose},
    {0},
};

static const struct ph_option options[] = {
    {.name = "level", .type = PH_OPTION_INT, .fallback = "3", .min = 1, .max = 9, .text = "How."},
    {.name = "needed", .type = PH_OPTION_TEXT, .is_required = true, .text = "A word."},
    {0},
};

static const char *const topics[] = {"watcher.", NULL};

/* ---- functions ---- */

static void on_tick(ph_plugin_t *plugin, void *arg)
{
    struct workshop *self = arg;
    if (++self->ticks == 3)
        ph_plugin_cancel(plugin, self->ticker);
}

static void on_pipe(ph_plugin_t *plugin, int fd, short events, void *arg)
{
    (void)arg;
    char byte;
    ssize_t count = read(fd, &byte, 1);
    ph_plugin_log(plugin, PH_LOG_INFO, "the pipe has %zd byte, events %d", count, events);
    ph_plugin_unwatch_fd(plugin, fd);
}

static int workshop_init(ph_plugin_t *plugin, struct ph_error *err)
{
    struct workshop *self = calloc(1, sizeof *self);
    if (!self || pipe(self->pipe) < 0)
        return ph_error_sys(err, "cannot start");
    ph_plugin_set_data(plugin, self);
    snprintf(self->level, sizeof self->level, "%s", ph_plugin_option(plugin, "level", "none"));
    self->ticker = ph_plugin_every(plugin, 5, on_tick, self);
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = ph_writer_new();
    ph_writer_string(fields, "colour", "dark red");
    ph_writer_int(fields, "size", 7);
    ph_plugin_log_fields(plugin, PH_LOG_INFO, fields, "the workshop opens");
    return ph_plugin_watch_fd(plugin, self->pipe[0], 1, on_pipe, self, err);
}

static void workshop_batch(ph_plugin_t *plugin, const ph_event_t *const *events, size_t count)
{
    struct workshop *self = ph_plugin_data(plugin);
    self->batches++;
    self->events += (int64_t)count;
    snprintf(self->last_topic, sizeof self->last_topic, "%s", ph_event_topic(events[count - 1]));
}

static void workshop_gap(ph_plugin_t *plugin, const struct ph_gap *gap)
{
    struct workshop *self = ph_plugin_data(plugin);
    self->missed += (int64_t)gap->missed;
    ph_plugin_log(plugin, PH_LOG_WARNING, "missed %d, %s", (int)gap->missed,
                  gap->is_new_epoch ? "new epoch" : "same epoch");
}

static int workshop_reconfigure(ph_plugin_t *plugin, struct ph_error *err)
{
    struct workshop *self = ph_plugin_data(plugin);
    const char *level = ph_plugin_option(plugin, "level", "none");
    if (strcmp(level, "7") == 0)
        return ph_error_set(err, PH_INVALID, "not on level 7");
    snprintf(self->level, sizeof self->level, "%s", level);
    return 0;
}

static void workshop_stop(ph_plugin_t *plugin)
{
    struct workshop *self = ph_plugin_data(plugin);
    struct ph_error reason;
    ph_error_set(&reason, PH_UNAVAILABLE, "the workshop closes");
    if (self->waiting)
        ph_deferred_refuse(&self->waiting, &reason);
    ph_plugin_unwatch_fd(plugin, self->pipe[0]);
    close(self->pipe[0]);
    close(self->pipe[1]);
    free(self);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = "1.0",
    .summary = "Does everything once.",
    .topics = topics,
    .options = options,
    .methods = methods,
    .handle_init = workshop_init,
    .handle_batch = workshop_batch,
    .handle_gap = workshop_gap,
    .handle_reconfigure = workshop_reconfigure,
    .handle_stop = workshop_stop,
};
