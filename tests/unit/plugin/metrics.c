#include <alloc.h>
#include <criterion/criterion.h>
#include <plugin/metrics.h>
#include <stdio.h>
#include <string.h>
#include <wire/json.h>

static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};

static metrics_t *metrics;

static void set_up(void)
{
    metrics = metrics_new();
}

static void tear_down(void)
{
    metrics_destroy(&metrics);
    cr_expect_null(metrics);
}

TestSuite(metrics, .init = set_up, .fini = tear_down, .timeout = 30);

/* The map is JSON in which ' stands for ". */
static int take(const char *plugin, const char *json, struct ph_error *err)
{
    ph_cleanup(ph_freep) char *text = ph_strdup(json);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(text, strlen(text), &limits, err);
    cr_assert_not_null(message, "%s: %s", json, err->message);
    return metrics_take(metrics, plugin, ph_message_body(message), err);
}

static void take_well(const char *plugin, const char *json)
{
    struct ph_error err = {0};
    cr_assert_eq(take(plugin, json, &err), 0, "%s: %s", json, err.message);
}

/* Returns the metrics of a plugin as JSON, which the caller frees. */
static char *tell(const char *plugin)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_array(writer, "metrics");
    metrics_write(metrics, plugin, writer);
    ph_writer_end(writer);
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(message));
}

static void expect_told(const char *plugin, const char *part)
{
    ph_cleanup(ph_freep) char *told = tell(plugin);
    cr_expect_not_null(strstr(told, part), "'%s' is not in %s", part, told);
}

Test(metrics, a_plugin_is_known_once_it_has_measured_something)
{
    cr_expect_not(metrics_has(metrics, "a"));
    take_well("a", "{'jobs': {'type': 'counter', 'add': 2}}");
    cr_expect(metrics_has(metrics, "A"));
    cr_expect_not(metrics_has(metrics, "ab"));
}

Test(metrics, counters_add_up_and_gauges_keep_the_last_value)
{
    take_well("a",
              "{'jobs': {'type': 'counter', 'add': 2}, 'heat': {'type': 'gauge', 'value': 7}}");
    take_well("a",
              "{'jobs': {'type': 'counter', 'add': 3}, 'heat': {'type': 'gauge', 'value': 1.5}}");
    expect_told("a", "\"name\":\"heat\",\"type\":\"gauge\",\"value\":1.5");
    expect_told("a", "\"name\":\"jobs\",\"type\":\"counter\",\"value\":5");
}

Test(metrics, a_plugin_is_found_in_any_case_and_others_are_left_out)
{
    take_well("a", "{'jobs': {'type': 'counter', 'add': 1}}");
    take_well("b", "{'other': {'type': 'counter', 'add': 1}}");
    expect_told("A", "jobs");
    ph_cleanup(ph_freep) char *told = tell("A");
    cr_expect_null(strstr(told, "other"));
}

Test(metrics, a_counter_that_would_overflow_stays)
{
    take_well("a", "{'jobs': {'type': 'counter', 'add': 9223372036854775807}}");
    take_well("a", "{'jobs': {'type': 'counter', 'add': 1}}");
    take_well("a", "{'jobs': {'type': 'counter', 'add': -5}}");
    expect_told("a", "\"value\":9223372036854775807");
}

Test(metrics, a_histogram_tells_quantiles_between_least_and_most)
{
    take_well("a", "{'t': {'type': 'histogram', 'count': 4, 'sum': 10, 'min': 1, 'max': 5,"
                   "'buckets': {'0': 1, '1': 2, '3': 1}}}");
    expect_told("a", "\"count\":4");
    ph_cleanup(ph_freep) char *told = tell("a");
    cr_expect_not_null(strstr(told, "\"p50\":2"), "%s", told);
    cr_expect_not_null(strstr(told, "\"p99\":5"), "%s", told);
}

Test(metrics, a_histogram_with_too_large_counts_stays)
{
    static const char huge[] = "{'t': {'type': 'histogram', 'count': 9223372036854775807, 'sum': 1,"
                               "'min': 1, 'max': 1, 'buckets': {'0': 9223372036854775807}}}";
    take_well("a", huge);
    take_well("a", huge);
    expect_told("a", "\"count\":9223372036854775807");
}

Test(metrics, buckets_that_are_none_are_left_out)
{
    static const char *const buckets[] = {
        "'text'",
        "[1, 2]",
        "7",
        "{'9223372036854775807': 1}",
        "{'-9223372036854775808': 1}",
        "{'64': 1}",
        "{'-65': 1}",
        "{'': 1}",
        "{'1x': 1}",
        "{'1': -1}",
        "{'1': 'one'}",
    };
    for (size_t i = 0; i < sizeof buckets / sizeof buckets[0]; i++) {
        ph_cleanup(ph_freep) char *json =
            ph_format("{'t': {'type': 'histogram', 'count': 1, 'min': 3, 'max': 3, 'buckets': %s}}",
                      buckets[i]);
        take_well("a", json);
    }
    expect_told("a", "\"count\":11");
    expect_told("a", "\"p50\":3"); /* without buckets it is the most */
}

Test(metrics, what_is_wrong_is_named_and_the_rest_is_taken)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"{'a b': {'type': 'gauge'}}", "'a b' is no name for a metric"},
        {"{'': {'type': 'gauge'}}", "'' is no name for a metric"},
        {"{'x': {'type': 'sum'}}", "metric 'x' is neither a counter nor a gauge nor a histogram"},
        {"{'x': 3}", "metric 'x' is neither a counter nor a gauge nor a histogram"},
        {"{'is': {'type': 'gauge'}}", "metric 'is' is a counter and cannot become a gauge"},
    };
    take_well("a", "{'is': {'type': 'counter', 'add': 1}}");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ph_error err = {0};
        cr_expect_eq(take("a", cases[i].json, &err), -1, "%s", cases[i].json);
        cr_expect_str_eq(err.message, cases[i].message);
        cr_expect_eq(err.code, PH_INVALID);
    }
    struct ph_error err = {0};
    cr_expect_eq(take("a", "{'a b': 1, 'is': {'type': 'counter', 'add': 1}}", &err), -1);
    expect_told("a", "\"value\":2");
}

Test(metrics, a_plugin_has_a_limited_number_of_them)
{
    struct ph_error err = {0};
    for (int i = 0; i < METRICS_MAX; i++) {
        ph_cleanup(ph_freep) char *json = ph_format("{'m%d': {'type': 'gauge', 'value': 1}}", i);
        take_well("a", json);
    }
    cr_expect_eq(take("a", "{'more': {'type': 'gauge'}}", &err), -1);
    cr_expect_eq(err.code, PH_BUSY);
    cr_expect_str_eq(err.message, "metric 'more' is one more than the 600 allowed");
    take_well("b", "{'more': {'type': 'gauge'}}");
}

static void fill(const char *plugin)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *measured = ph_writer_new();
    struct ph_error err = {0};
    for (int i = 0; i < METRICS_MAX; i++) {
        ph_cleanup(ph_freep) char *name = ph_format("m%d", i);
        ph_writer_map(measured, name);
        ph_writer_string(measured, "type", "counter");
        ph_writer_int(measured, "add", 1);
        ph_writer_end(measured);
    }
    size_t size;
    const void *data = ph_writer_data(measured, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    cr_assert_eq(metrics_take(metrics, plugin, ph_message_body(message), &err), 0, "%s",
                 err.message);
}

Test(metrics, of_too_many_plugins_those_of_the_one_that_was_silent_longest_are_forgotten)
{
    take_well("first", "{'x': {'type': 'gauge', 'value': 1}}");
    take_well("second", "{'x': {'type': 'gauge', 'value': 2}}");
    take_well("first", "{'x': {'type': 'gauge', 'value': 3}}");
    size_t left = METRICS_MAX_OF_ALL - 2;
    for (size_t i = 0; i < left / METRICS_MAX + 1; i++) {
        ph_cleanup(ph_freep) char *plugin = ph_format("p%zu", i);
        take_well("first", "{'x': {'type': 'gauge', 'value': 4}}");
        fill(plugin);
    }
    expect_told("first", "\"value\":4");
    expect_told("second", "\"metrics\":[]");
    expect_told("p0", "\"metrics\":[]");
    expect_told("p1", "\"name\":\"m0\"");
}
