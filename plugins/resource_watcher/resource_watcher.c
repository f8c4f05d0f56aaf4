/* resource_watcher.c - has a watcher restarted that uses too much, or too little, for some time. As
 * Circus's ResourceWatcher. */
#include "children.h"
#include "usage_limits.h"

#include <inttypes.h>
#include <math.h>
#include <observer.h>
#include <plughost/plughost.h>
#include <plugin_memory.h>
#include <restart.h>
#include <signal_number.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 30000 };

struct resource_watcher {
    struct observer observer;
    char *watcher;
    char word[STATSD_WORD_SIZE]; /* its name, for statsd */
    struct limits limits;
    struct breaches breaches;
    children_t *children; /* NULL: they are not looked at */
    int child_signal;
    bool has_failed; /* the last look has: said already */
};

static const struct ph_option options[] = {
    OBSERVER_OPTIONS("resource_watcher"),
    {.name = "watcher", .text = "The watcher to look at. It must be given."},
    {.name = "service", .text = "The same as watcher, from older files."},
    {.name = "max_cpu",
     .type = PH_OPTION_FLOAT,
     .fallback = "90",
     .min = 0,
     .max = 1000000,
     .text = "Percent of one processor that no process may use more than; 0: no limit."},
    {.name = "min_cpu",
     .type = PH_OPTION_FLOAT,
     .min = 0,
     .max = 1000000,
     .text = "Percent of one processor that each process must use more than."},
    {.name = "max_mem",
     .fallback = "90",
     .text = "Memory that no process may use more than: percent, or a size such as 250M; 0: no "
             "limit."},
    {.name = "min_mem", .text = "Memory that each process must use more than, written likewise."},
    {.name = "health_threshold",
     .type = PH_OPTION_FLOAT,
     .fallback = "75",
     .min = 0,
     .max = 1000000,
     .text = "What the mean of the most cpu and the most memory, in percent, may not exceed; 0: no "
             "limit."},
    {.name = "max_count",
     .type = PH_OPTION_INT,
     .fallback = "3",
     .min = 0,
     .max = 1000000,
     .text = "So many looks in a row at which a limit is broken are forgiven."},
    {.name = "process_children",
     .type = PH_OPTION_BOOL,
     .fallback = "no",
     .text = "Look at each child of the processes as well; who breaks a limit gets child_signal."},
    {.name = "child_signal", .fallback = "TERM", .text = "The signal for them, name or number."},
    {0},
};

/* ---- what is done about it ---- */

static void on_signalled(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                         void *arg)
{
    (void)arg;
    if (!reply)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot signal a child: %s", err->message);
}

static void signal_child(const struct resource_watcher *self, const struct child *child,
                         enum limit limit)
{
    ph_plugin_t *plugin = self->observer.plugin;
    struct ph_error err;
    ph_plugin_log(plugin, PH_LOG_WARNING, "sends signal %d to child %d of '%s': %s",
                  self->child_signal, (int)child->pid, self->watcher, limit_name(limit));
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", self->watcher);
    ph_writer_int(properties, "signum", self->child_signal);
    ph_writer_int(properties, "pid", child->parent);
    ph_writer_int(properties, "childpid", child->pid);
    if (ph_plugin_call_async(plugin, "signal", properties, ASK_MS, on_signalled, NULL, &err) < 0)
        on_signalled(plugin, NULL, &err, NULL);
}

static void restart(const struct resource_watcher *self, enum limit limit)
{
    ph_cleanup(memory_free) char *reason =
        memory_format("%s at %d looks in a row", limit_name(limit), self->limits.max_count + 1);
    restart_watcher(self->observer.plugin, self->watcher, reason);
}

/* ---- a look ---- */

static enum limit count(const struct resource_watcher *self, const struct usage *usage,
                        struct breaches *breaches)
{
    bool broken[LIMITS];
    limits_check(&self->limits, usage, broken);
    for (int i = 0; i < LIMITS; i++)
        if (broken[i])
            statsd_client_count(self->observer.statsd, "_resource_watcher.%s.%s", self->word,
                                limit_name((enum limit)i));
    enum limit limit = breaches_count(breaches, &self->limits, broken);
    if (limit != LIMITS)
        statsd_client_count(self->observer.statsd, "_resource_watcher.%s.restarting", self->word);
    return limit;
}

static void look_at_children(struct resource_watcher *self, const ph_value_t *info)
{
    size_t total = ph_value_size(info);
    struct ph_error err;
    pid_t *parents = memory_resize(NULL, total, sizeof *parents);
    for (size_t i = 0; i < total; i++) {
        const ph_value_t *pid = NULL;
        ph_value_entry(info, i, &pid);
        parents[i] = (pid_t)strtol(ph_value_string(pid, "0"), NULL, 10);
    }
    if (children_look(self->children, parents, total, &err) < 0)
        ph_plugin_log(self->observer.plugin, PH_LOG_ERROR, "cannot look at children: %s",
                      err.message);
    free(parents);

    struct child *child;
    for (size_t i = 0; (child = children_at(self->children, i)); i++) {
        enum limit limit = count(self, &child->usage, &child->breaches);
        if (limit != LIMITS)
            signal_child(self, child, limit);
    }
}

/* A watcher that does not exist may be added later: it is said once, and counted each time. */
static void on_failure(struct resource_watcher *self, const struct ph_error *err)
{
    if (err->code == PH_UNAVAILABLE)
        return; /* the plugin stops */
    statsd_client_count(self->observer.statsd, "_resource_watcher.%s.error", self->word);
    if (!self->has_failed)
        ph_plugin_log(self->observer.plugin, PH_LOG_ERROR, "cannot tell what '%s' uses: %s",
                      self->watcher, err->message);
    self->has_failed = true;
    self->breaches = (struct breaches){0};
}

static void on_stats(ph_plugin_t *plugin, const ph_value_t *reply, const struct ph_error *err,
                     void *arg)
{
    struct resource_watcher *self = ph_plugin_data(plugin);
    struct usage usage;
    (void)arg;
    if (!reply) {
        on_failure(self, err);
        return;
    }
    self->has_failed = false;
    const ph_value_t *info = ph_value_get(reply, "info");
    usage_read(info, &usage);
    enum limit limit = count(self, &usage, &self->breaches);
    if (limit != LIMITS)
        restart(self, limit);
    else if (self->children)
        look_at_children(self, info);
}

static void look(ph_plugin_t *plugin, void *arg)
{
    const struct resource_watcher *self = ph_plugin_data(plugin);
    struct ph_error err;
    (void)arg;
    ph_cleanup(ph_writer_destroy) ph_writer_t *properties = ph_writer_new();
    ph_writer_string(properties, "name", self->watcher);
    if (ph_plugin_call_async(plugin, "stats", properties, ASK_MS, on_stats, NULL, &err) < 0)
        ph_plugin_log(plugin, PH_LOG_ERROR, "cannot ask what is used: %s", err.message);
}

/* ---- options ---- */

static int read_watcher(struct resource_watcher *self, ph_plugin_t *plugin, struct ph_error *err)
{
    const char *watcher = ph_plugin_option(plugin, "watcher", NULL);
    if (!watcher || !*watcher)
        watcher = ph_plugin_option(plugin, "service", NULL);
    if (!watcher || !*watcher)
        return ph_error_set(err, PH_INVALID, "option 'watcher' is missing: the watcher to look at");
    self->watcher = memory_copy(watcher);
    statsd_word(self->word, watcher);
    return 0;
}

static int read_limits(struct limits *limits, ph_plugin_t *plugin, struct ph_error *err)
{
    int64_t max_count;
    limits->has_min_cpu = ph_plugin_option(plugin, "min_cpu", NULL);
    if (ph_plugin_option_float(plugin, "max_cpu", 90, &limits->max_cpu, err) < 0 ||
        ph_plugin_option_float(plugin, "min_cpu", 0, &limits->min_cpu, err) < 0 ||
        ph_plugin_option_float(plugin, "health_threshold", 75, &limits->health_threshold, err) <
            0 ||
        ph_plugin_option_int(plugin, "max_count", 3, &max_count, err) < 0)
        return -1;
    limits->max_count = (int)max_count;
    if (memory_limit_read(&limits->max_mem, "max_mem", ph_plugin_option(plugin, "max_mem", NULL),
                          err) < 0)
        return -1;
    return memory_limit_read(&limits->min_mem, "min_mem", ph_plugin_option(plugin, "min_mem", NULL),
                             err);
}

static int read_children(struct resource_watcher *self, ph_plugin_t *plugin, struct ph_error *err)
{
    bool has_children;
    if (ph_plugin_option_bool(plugin, "process_children", false, &has_children, err) < 0)
        return -1;
    if (has_children)
        self->children = children_new();
    return signal_number_read(&self->child_signal, "child_signal",
                              ph_plugin_option(plugin, "child_signal", "TERM"), err);
}

/* ---- life ---- */

static void destroy(struct resource_watcher **self_p)
{
    struct resource_watcher *self = *self_p;
    if (!self)
        return;
    observer_release(&self->observer);
    children_destroy(&self->children);
    free(self->watcher);
    free(self);
    *self_p = NULL;
}

static int resource_watcher_configure(ph_plugin_t *plugin, struct ph_error *err)
{
    ph_cleanup(destroy) struct resource_watcher *self = memory_new(sizeof *self);
    if (read_watcher(self, plugin, err) < 0 || read_limits(&self->limits, plugin, err) < 0 ||
        read_children(self, plugin, err) < 0 ||
        observer_init(&self->observer, plugin, look, err) < 0)
        return -1;
    struct resource_watcher *former = ph_plugin_data(plugin);
    ph_plugin_set_data(plugin, ph_steal(&self));
    destroy(&former);
    return 0;
}

static void resource_watcher_stop(ph_plugin_t *plugin)
{
    struct resource_watcher *self = ph_plugin_data(plugin);
    destroy(&self);
}

PH_PLUGIN_MODULE = {
    PH_PLUGIN_HEADER,
    .version = PH_VERSION,
    .summary = "Has a watcher restarted that uses too much or too little for some time.",
    .options = options,
    .handle_init = resource_watcher_configure,
    .handle_reconfigure = resource_watcher_configure,
    .handle_stop = resource_watcher_stop,
};
