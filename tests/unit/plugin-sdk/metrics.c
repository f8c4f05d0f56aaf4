#include <criterion/criterion.h>
#include <math.h>
#include <metrics.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <string.h>

static metrics_t *metrics;

static void setup(void)
{
    metrics = metrics_new();
}

static void teardown(void)
{
    metrics_destroy(&metrics);
}

TestSuite(metrics, .init = setup, .fini = teardown);

/* Returns what is sent; the caller frees it. */
static ph_message_t *write_all(void)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = metrics_write(metrics);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    return ph_message_new(data, size, NULL);
}

static const ph_value_t *find(const ph_message_t *message, const char *name)
{
    return ph_value_get(ph_value_get(ph_message_body(message), "metrics"), name);
}

Test(metrics, a_counter_sends_what_was_added_since_the_last_time)
{
    cr_expect_not(metrics_have_changed(metrics));
    metrics_count(metrics, "n", 2, NULL);
    metrics_count(metrics, "n", 3, NULL);
    cr_expect(metrics_have_changed(metrics));
    ph_cleanup(ph_message_destroy) ph_message_t *first = write_all();
    cr_expect_str_eq(ph_value_string(ph_value_get(find(first, "n"), "type"), ""), "counter");
    cr_expect_eq(ph_value_int(ph_value_get(find(first, "n"), "add"), 0), 5);
    metrics_clear(metrics);
    cr_expect_not(metrics_have_changed(metrics));
    metrics_count(metrics, "n", 1, NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *second = write_all();
    cr_expect_eq(ph_value_int(ph_value_get(find(second, "n"), "add"), 0), 1);
}

Test(metrics, only_what_has_changed_is_sent)
{
    metrics_set(metrics, "a", 1, NULL);
    metrics_clear(metrics);
    metrics_set(metrics, "b", 2.5, NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *message = write_all();
    cr_expect_null(find(message, "a"));
    cr_expect_eq(ph_value_float(ph_value_get(find(message, "b"), "value"), 0), 2.5);
}

static void expect_bucket(double value, const char *power)
{
    metrics_clear(metrics);
    cr_assert_eq(metrics_observe(metrics, "h", value, NULL), 0);
    ph_cleanup(ph_message_destroy) ph_message_t *message = write_all();
    const ph_value_t *buckets = ph_value_get(find(message, "h"), "buckets");
    cr_expect_eq(ph_value_size(buckets), 1);
    cr_expect_eq(ph_value_int(ph_value_get(buckets, power), 0), 1, "%g is not in %s", value, power);
}

Test(metrics, a_value_falls_into_the_bucket_of_the_next_power_of_two)
{
    expect_bucket(1, "0");
    expect_bucket(1.001, "1");
    expect_bucket(2, "1");
    expect_bucket(0.5, "-1");
    expect_bucket(0.6, "0");
    expect_bucket(0, "-64");
    expect_bucket(-5, "-64");
    expect_bucket(1e-300, "-64");
    expect_bucket(1e300, "63");
}

Test(metrics, a_histogram_has_count_sum_and_extremes)
{
    metrics_observe(metrics, "h", -1, NULL);
    metrics_observe(metrics, "h", 4, NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *message = write_all();
    const ph_value_t *histogram = find(message, "h");
    cr_expect_eq(ph_value_int(ph_value_get(histogram, "count"), 0), 2);
    cr_expect_eq(ph_value_float(ph_value_get(histogram, "sum"), 0), 3);
    cr_expect_eq(ph_value_float(ph_value_get(histogram, "min"), 0), -1);
    cr_expect_eq(ph_value_float(ph_value_get(histogram, "max"), 0), 4);
}

Test(metrics, what_cannot_be_is_refused)
{
    struct ph_error err = {0};
    cr_expect_eq(metrics_set(metrics, "a b", 1, &err), -1);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_eq(metrics_set(metrics, "", 1, NULL), -1);
    cr_expect_eq(metrics_set(metrics, "a", (double)NAN, NULL), -1);
    cr_expect_eq(metrics_observe(metrics, "a", (double)INFINITY, NULL), -1);
    cr_expect_eq(metrics_count(metrics, "a", 1, NULL), 0);
    cr_expect_eq(metrics_set(metrics, "a", 1, &err), -1);
    cr_expect_str_eq(err.message, "metric 'a' is a counter, and no gauge");
}

Test(metrics, there_are_at_most_200_of_a_type)
{
    char name[16];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "c%d", i);
        cr_assert_eq(metrics_count(metrics, name, 1, NULL), 0);
    }
    struct ph_error err = {0};
    cr_expect_eq(metrics_count(metrics, "more", 1, &err), -1);
    cr_expect_str_eq(err.message, "metric 'more': there are 200 of type counter already");
    cr_expect_eq(metrics_count(metrics, "c7", 1, NULL), 0);
    cr_expect_eq(metrics_set(metrics, "more", 1, NULL), 0);
}
