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
    char *plugin;
    char *name;
    enum kind kind;
    int64_t counter;
    double gauge;
    struct histogram *histogram; /* NULL unless it is one */
    struct metric *next;         /* in the order of their names */
};

struct metrics {
    struct metric *first;
};

metrics_t *metrics_new(void)
{
    return ph_calloc(1, sizeof(metrics_t));
}

void metrics_destroy(metrics_t **self_p)
{
    metrics_t *self = *self_p;
    if (!self)
        return;
    while (self->first) {
        struct metric *next = self->first->next;
        free(self->first->plugin);
        free(self->first->name);
        free(self->first->histogram);
        free(self->first);
        self->first = next;
    }
    free(self);
    *self_p = NULL;
}

/* ---- taking ---- */

static int compare(const struct metric *metric, const char *plugin, const char *name)
{
    int order = strcmp(metric->plugin, plugin);
    return order ? order : strcmp(metric->name, name);
}

static size_t count_of(const metrics_t *self, const char *plugin)
{
    size_t count = 0;
    for (const struct metric *metric = self->first; metric; metric = metric->next)
        count += strcmp(metric->plugin, plugin) == 0;
    return count;
}

static struct metric *insert(struct metric **link, const char *plugin, const char *name,
                             enum kind kind)
{
    struct metric *metric = ph_calloc(1, sizeof *metric);
    *metric = (struct metric){
        .plugin = ph_strdup(plugin), .name = ph_strdup(name), .kind = kind, .next = *link};
    if (kind == HISTOGRAM)
        metric->histogram = ph_calloc(1, sizeof *metric->histogram);
    *link = metric;
    return metric;
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
    struct metric **link = &self->first;
    while (*link && compare(*link, plugin, name) < 0)
        link = &(*link)->next;
    bool is_there = *link && compare(*link, plugin, name) == 0;
    if (is_there && (*link)->kind == kind)
        return *link;
    if (is_there)
        ph_error_set(err, PH_INVALID, "metric '%s' is a %s and cannot become a %s", name,
                     kind_names[(*link)->kind], kind_names[kind]);
    else if (count_of(self, plugin) >= METRICS_MAX)
        ph_error_set(err, PH_BUSY, "metric '%s' is one more than the %d allowed", name,
                     METRICS_MAX);
    else
        return insert(link, plugin, name, kind);
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

static void write(const struct metric *metric, ph_writer_t *writer)
{
    ph_writer_map(writer, NULL);
    ph_writer_string(writer, "plugin", metric->plugin);
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

void metrics_write(const metrics_t *self, const char *plugin, ph_writer_t *writer)
{
    for (const struct metric *metric = self->first; metric; metric = metric->next)
        if (!plugin || strcasecmp(metric->plugin, plugin) == 0)
            write(metric, writer);
}
