#include "metrics.h"

#include <alloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LEAST_POWER = -64, BUCKETS = 128, NAME_MAX_BYTES = 100 };

enum kind { COUNTER, GAUGE, HISTOGRAM, KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {
    [COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};

struct histogram {
    int64_t count;
    double sum, min, max;
    int64_t buckets[BUCKETS]; /* values of at most 2 to the power of LEAST_POWER + index */
};

struct metric {
    char *name;
    enum kind kind;
    int64_t counter;
    double gauge;
    struct histogram *histogram; /* NULL unless it is one */
};

struct plugin {
    char *name;
    struct metric *metrics; /* in the order of their names */
    size_t count;
    uint64_t used; /* the higher, the later it was heard of */
};

struct metrics {
    struct plugin **plugins; /* in the order of their names */
    size_t plugin_count;
    size_t count; /* of all metrics */
    uint64_t last_use;
};

metrics_t *metrics_new(void)
{
    return ph_calloc(1, sizeof(metrics_t));
}

static void forget(metrics_t *self, size_t index)
{
    struct plugin *plugin = self->plugins[index];
    self->count -= plugin->count;
    memmove(&self->plugins[index], &self->plugins[index + 1],
            (--self->plugin_count - index) * sizeof *self->plugins);
    for (size_t i = 0; i < plugin->count; i++) {
        free(plugin->metrics[i].name);
        free(plugin->metrics[i].histogram);
    }
    free(plugin->metrics);
    free(plugin->name);
    free(plugin);
}

void metrics_destroy(metrics_t **self_p)
{
    metrics_t *self = *self_p;
    if (!self)
        return;
    while (self->plugin_count > 0)
        forget(self, self->plugin_count - 1);
    free(self->plugins);
    free(self);
    *self_p = NULL;
}

/* ---- finding ---- */

/* Returns the place of a plugin or metric: where it is, or where it would belong. */
static size_t place_of_plugin(const metrics_t *self, const char *name)
{
    size_t low = 0;
    for (size_t high = self->plugin_count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(self->plugins[middle]->name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t place_of_metric(const struct plugin *plugin, const char *name)
{
    size_t low = 0;
    for (size_t high = plugin->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(plugin->metrics[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct plugin *find_plugin(const metrics_t *self, const char *name)
{
    size_t place = place_of_plugin(self, name);
    bool is_there = place < self->plugin_count && strcmp(self->plugins[place]->name, name) == 0;
    return is_there ? self->plugins[place] : NULL;
}

static struct metric *find_metric(const struct plugin *plugin, const char *name)
{
    size_t place = plugin ? place_of_metric(plugin, name) : 0;
    bool is_there =
        plugin && place < plugin->count && strcmp(plugin->metrics[place].name, name) == 0;
    return is_there ? &plugin->metrics[place] : NULL;
}

/* ---- taking ---- */

/* Forgets the plugin that was not heard of for the longest time. */
static void make_room(metrics_t *self)
{
    size_t oldest = 0;
    for (size_t i = 1; i < self->plugin_count; i++)
        if (self->plugins[i]->used < self->plugins[oldest]->used)
            oldest = i;
    forget(self, oldest);
}

static struct plugin *insert_plugin(metrics_t *self, const char *name)
{
    size_t place = place_of_plugin(self, name);
    self->plugins = ph_realloc_array(self->plugins, self->plugin_count + 1, sizeof *self->plugins);
    memmove(&self->plugins[place + 1], &self->plugins[place],
            (self->plugin_count++ - place) * sizeof *self->plugins);
    self->plugins[place] = ph_calloc(1, sizeof(struct plugin));
    self->plugins[place]->name = ph_strdup(name);
    return self->plugins[place];
}

static struct metric *insert(metrics_t *self, const char *plugin_name, const char *name,
                             enum kind kind)
{
    struct plugin *plugin = find_plugin(self, plugin_name);
    if (!plugin)
        plugin = insert_plugin(self, plugin_name);
    plugin->used = ++self->last_use;
    while (self->count >= METRICS_MAX_OF_ALL)
        make_room(self); /* which is another: this one was used last and has fewer */
    size_t place = place_of_metric(plugin, name);
    plugin->metrics = ph_realloc_array(plugin->metrics, plugin->count + 1, sizeof *plugin->metrics);
    memmove(&plugin->metrics[place + 1], &plugin->metrics[place],
            (plugin->count++ - place) * sizeof *plugin->metrics);
    self->count++;
    plugin->metrics[place] = (struct metric){.name = ph_strdup(name), .kind = kind};
    if (kind == HISTOGRAM)
        plugin->metrics[place].histogram = ph_calloc(1, sizeof(struct histogram));
    return &plugin->metrics[place];
}

static bool is_name(const char *name, size_t size)
{
    return size > 0 && size <= NAME_MAX_BYTES &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
               size;
}

static int read_kind(const ph_value_t *measured, enum kind *kind)
{
    const char *word = ph_value_string(ph_value_get(measured, "type"), "");
    for (*kind = COUNTER; *kind < KIND_COUNT; (*kind)++)
        if (strcmp(kind_names[*kind], word) == 0)
            return 0;
    return -1;
}

/* Returns the metric, which is made if it is new, or NULL. */
static struct metric *find_or_make(metrics_t *self, const char *plugin, const char *name,
                                   enum kind kind, struct ph_error *err)
{
    struct plugin *owner = find_plugin(self, plugin);
    struct metric *metric = find_metric(owner, name);
    if (owner)
        owner->used = ++self->last_use;
    if (metric && metric->kind == kind)
        return metric;
    if (metric)
        ph_error_set(err, PH_INVALID, "metric '%s' is a %s and cannot become a %s", name,
                     kind_names[metric->kind], kind_names[kind]);
    else if (owner && owner->count >= METRICS_MAX)
        ph_error_set(err, PH_BUSY, "metric '%s' is one more than the %d allowed", name,
                     METRICS_MAX);
    else
        return insert(self, plugin, name, kind);
    return NULL;
}

/* A count that would not fit any more stays as it is. */
static void add_to(int64_t *count, int64_t more)
{
    if (more > 0 && *count <= INT64_MAX - more)
        *count += more;
}

static void take_bucket(struct histogram *histogram, const char *power, int64_t count)
{
    char *end;
    long exponent = strtol(power, &end, 10);
    if (end != power && *end == '\0' && exponent >= LEAST_POWER && exponent < LEAST_POWER + BUCKETS)
        add_to(&histogram->buckets[exponent - LEAST_POWER], count);
}

static void take_histogram(struct histogram *histogram, const ph_value_t *measured)
{
    int64_t count = ph_value_int(ph_value_get(measured, "count"), 0);
    double min = ph_value_float(ph_value_get(measured, "min"), 0);
    double max = ph_value_float(ph_value_get(measured, "max"), 0);
    if (count <= 0 || histogram->count > INT64_MAX - count)
        return;
    histogram->min = histogram->count == 0 || min < histogram->min ? min : histogram->min;
    histogram->max = histogram->count == 0 || max > histogram->max ? max : histogram->max;
    histogram->count += count;
    histogram->sum += ph_value_float(ph_value_get(measured, "sum"), 0);
    const ph_value_t *buckets = ph_value_get(measured, "buckets");
    for (size_t i = 0; i < ph_value_size(buckets); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(buckets, i, &key);
        take_bucket(histogram, ph_value_string(key, ""), ph_value_int(value, 0));
    }
}

static void take_value(struct metric *metric, const ph_value_t *measured)
{
    switch (metric->kind) {
    case COUNTER:
        add_to(&metric->counter, ph_value_int(ph_value_get(measured, "add"), 0));
        break;
    case GAUGE:
        metric->gauge = ph_value_float(ph_value_get(measured, "value"), metric->gauge);
        break;
    default:
        take_histogram(metric->histogram, measured);
    }
}

static int take(metrics_t *self, const char *plugin, const ph_value_t *key,
                const ph_value_t *measured, struct ph_error *err)
{
    enum kind kind;
    const char *name = ph_value_string(key, "");
    if (!is_name(name, ph_value_size(key)))
        return ph_error_set(err, PH_INVALID, "'%.100s' is no name for a metric", name);
    if (read_kind(measured, &kind) < 0)
        return ph_error_set(err, PH_INVALID,
                            "metric '%s' is neither a counter nor a gauge nor a histogram", name);
    struct metric *metric = find_or_make(self, plugin, name, kind, err);
    if (!metric)
        return -1;
    take_value(metric, measured);
    return 0;
}

int metrics_take(metrics_t *self, const char *plugin, const ph_value_t *measured,
                 struct ph_error *err)
{
    int outcome = 0;
    for (size_t i = 0; i < ph_value_size(measured); i++) {
        const ph_value_t *key = NULL;
        const ph_value_t *value = ph_value_entry(measured, i, &key);
        if (take(self, plugin, key, value, err) < 0)
            outcome = -1;
    }
    return outcome;
}

/* ---- telling ---- */

/* Returns the value below which that share of all lies: exact to a factor of two, and never beyond
 * least and most. */
static double quantile(const struct histogram *histogram, double share)
{
    double below = 0;
    for (int i = 0; i < BUCKETS; i++) {
        below += (double)histogram->buckets[i];
        if (below >= share * (double)histogram->count)
            return fmin(fmax(ldexp(1, i + LEAST_POWER), histogram->min), histogram->max);
    }
    return histogram->max;
}

static void write_histogram(const struct histogram *histogram, ph_writer_t *writer)
{
    ph_writer_int(writer, "count", histogram->count);
    ph_writer_float(writer, "sum", histogram->sum);
    ph_writer_float(writer, "min", histogram->min);
    ph_writer_float(writer, "max", histogram->max);
    ph_writer_float(writer, "p50", quantile(histogram, 0.5));
    ph_writer_float(writer, "p90", quantile(histogram, 0.9));
    ph_writer_float(writer, "p99", quantile(histogram, 0.99));
}

static void write(const char *plugin, const struct metric *metric, ph_writer_t *writer)
{
    ph_writer_map(writer, NULL);
    ph_writer_string(writer, "plugin", plugin);
    ph_writer_string(writer, "name", metric->name);
    ph_writer_string(writer, "type", kind_names[metric->kind]);
    if (metric->kind == COUNTER)
        ph_writer_int(writer, "value", metric->counter);
    else if (metric->kind == GAUGE)
        ph_writer_float(writer, "value", metric->gauge);
    else
        write_histogram(metric->histogram, writer);
    ph_writer_end(writer);
}

bool metrics_has(const metrics_t *self, const char *plugin)
{
    for (size_t i = 0; i < self->plugin_count; i++)
        if (strcasecmp(self->plugins[i]->name, plugin) == 0)
            return true;
    return false;
}

void metrics_write(const metrics_t *self, const char *plugin, ph_writer_t *writer)
{
    for (size_t i = 0; i < self->plugin_count; i++) {
        const struct plugin *owner = self->plugins[i];
        if (plugin && strcasecmp(owner->name, plugin) != 0)
            continue;
        for (size_t k = 0; k < owner->count; k++)
            write(owner->name, &owner->metrics[k], writer);
    }
}
