#include "metrics.h"

#include "name.h"

#include <alloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_OF_A_TYPE = 200,
    TYPES = 3,
    SLOTS = 2048, /* a power of two, more than three times as many as there can be names */
    NAME_MAX_SIZE = 100,
    LEAST_POWER = -64,
    MOST_POWER = 63,
    BUCKETS = MOST_POWER - LEAST_POWER + 1,
};

struct histogram {
    uint64_t count;
    double sum, min, max;
    uint64_t buckets[BUCKETS];
};

struct metric {
    char *name;
    enum metric_type type;
    bool has_changed;
    uint64_t add;
    double value;
    struct histogram *histogram; /* of METRIC_HISTOGRAM */
};

struct metrics {
    struct metric *items;
    size_t count;
    size_t of_type[TYPES];
    uint16_t slots[SLOTS]; /* index + 1 by name, 0: free */
    bool have_changed;
};

metrics_t *metrics_new(void)
{
    return ph_calloc(1, sizeof(struct metrics));
}

void metrics_destroy(metrics_t **self_p)
{
    metrics_t *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].name);
        free(self->items[i].histogram);
    }
    free(self->items);
    free(self);
    *self_p = NULL;
}

static const char *type_name(enum metric_type type)
{
    static const char *const names[] = {"counter", "gauge", "histogram"};
    return names[type];
}

/* Returns the slot of a name, or the free one where it would be. */
static uint16_t *find_slot(metrics_t *self, const char *name)
{
    uint32_t hash = 2166136261; /* FNV-1a */
    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619;
    size_t i = hash % SLOTS;
    while (self->slots[i] && strcmp(self->items[self->slots[i] - 1].name, name) != 0)
        i = (i + 1) % SLOTS;
    return &self->slots[i];
}

static struct metric *add_metric(metrics_t *self, const char *name, enum metric_type type)
{
    self->items = ph_realloc_array(self->items, self->count + 1, sizeof *self->items);
    struct metric *metric = &self->items[self->count++];
    *metric = (struct metric){.name = ph_strdup(name), .type = type};
    if (type == METRIC_HISTOGRAM)
        metric->histogram = ph_calloc(1, sizeof *metric->histogram);
    self->of_type[type]++;
    return metric;
}

static int check_new(const metrics_t *self, const char *name, enum metric_type type,
                     struct ph_error *err)
{
    if (!name_is_valid(name, NAME_MAX_SIZE))
        return ph_error_set(err, PH_INVALID,
                            "metric '%.120s': a name has letters, digits, '_', '-' and '.', at "
                            "most %d",
                            name, NAME_MAX_SIZE);
    if (self->of_type[type] >= MOST_OF_A_TYPE)
        return ph_error_set(err, PH_BUSY, "metric '%s': there are %d of type %s already", name,
                            MOST_OF_A_TYPE, type_name(type));
    return 0;
}

/* Returns the metric of that name, a new one if need be; NULL and `err` if there cannot be one. */
static struct metric *find(metrics_t *self, const char *name, enum metric_type type,
                           struct ph_error *err)
{
    uint16_t *slot = find_slot(self, name);
    if (!*slot && check_new(self, name, type, err) < 0)
        return NULL;
    if (!*slot) {
        add_metric(self, name, type);
        *slot = (uint16_t)self->count;
    }
    struct metric *metric = &self->items[*slot - 1];
    if (metric->type != type) {
        ph_error_set(err, PH_CONFLICT, "metric '%s' is a %s, and no %s", name,
                     type_name(metric->type), type_name(type));
        return NULL;
    }
    metric->has_changed = self->have_changed = true;
    return metric;
}

int metrics_count(metrics_t *self, const char *name, uint64_t add, struct ph_error *err)
{
    struct metric *metric = find(self, name, METRIC_COUNTER, err);
    if (!metric)
        return -1;
    metric->add += add;
    if (metric->add > INT64_MAX) /* what the wire can say, and more than anybody counts */
        metric->add = INT64_MAX;
    return 0;
}

static int check_finite(const char *name, double value, struct ph_error *err)
{
    return isfinite(value)
               ? 0
               : ph_error_set(err, PH_INVALID, "metric '%.120s': %g is no number", name, value);
}

int metrics_set(metrics_t *self, const char *name, double value, struct ph_error *err)
{
    if (check_finite(name, value, err) < 0)
        return -1;
    struct metric *metric = find(self, name, METRIC_GAUGE, err);
    if (!metric)
        return -1;
    metric->value = value;
    return 0;
}

/* Returns the least power of two that is not below the value. */
static int power_of(double value)
{
    if (value <= 0)
        return LEAST_POWER;
    int power;
    double fraction = frexp(value, &power); /* 0.5 up to 1, without that */
    if (fraction <= 0.5)
        power--;
    return power < LEAST_POWER ? LEAST_POWER : power > MOST_POWER ? MOST_POWER : power;
}

int metrics_observe(metrics_t *self, const char *name, double value, struct ph_error *err)
{
    if (check_finite(name, value, err) < 0)
        return -1;
    struct metric *metric = find(self, name, METRIC_HISTOGRAM, err);
    if (!metric)
        return -1;
    struct histogram *histogram = metric->histogram;
    if (histogram->count == 0)
        histogram->min = histogram->max = value;
    histogram->count++;
    histogram->sum += value;
    histogram->min = value < histogram->min ? value : histogram->min;
    histogram->max = value > histogram->max ? value : histogram->max;
    histogram->buckets[power_of(value) - LEAST_POWER]++;
    return 0;
}

bool metrics_have_changed(const metrics_t *self)
{
    return self->have_changed;
}

static void write_histogram(ph_writer_t *writer, const struct histogram *histogram)
{
    ph_writer_int(writer, "count", (int64_t)histogram->count);
    ph_writer_float(writer, "sum", histogram->sum);
    ph_writer_float(writer, "min", histogram->min);
    ph_writer_float(writer, "max", histogram->max);
    ph_writer_map(writer, "buckets");
    for (int i = 0; i < BUCKETS; i++) {
        if (!histogram->buckets[i])
            continue;
        char key[16];
        snprintf(key, sizeof key, "%d", i + LEAST_POWER);
        ph_writer_int(writer, key, (int64_t)histogram->buckets[i]);
    }
    ph_writer_end(writer);
}

static void write_metric(ph_writer_t *writer, const struct metric *metric)
{
    ph_writer_map(writer, metric->name);
    ph_writer_string(writer, "type", type_name(metric->type));
    if (metric->type == METRIC_COUNTER)
        ph_writer_int(writer, "add", (int64_t)metric->add);
    else if (metric->type == METRIC_GAUGE)
        ph_writer_float(writer, "value", metric->value);
    else
        write_histogram(writer, metric->histogram);
    ph_writer_end(writer);
}

ph_writer_t *metrics_write(const metrics_t *self)
{
    ph_writer_t *writer = ph_writer_new();
    ph_writer_map(writer, "metrics");
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].has_changed)
            write_metric(writer, &self->items[i]);
    ph_writer_end(writer);
    return writer;
}

void metrics_clear(metrics_t *self)
{
    self->have_changed = false;
    for (size_t i = 0; i < self->count; i++) {
        struct metric *metric = &self->items[i];
        metric->has_changed = false;
        metric->add = 0;
        if (metric->histogram)
            *metric->histogram = (struct histogram){0};
    }
}
