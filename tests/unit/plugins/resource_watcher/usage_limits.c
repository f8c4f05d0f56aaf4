#include <criterion/criterion.h>
#include <usage_limits.h>

/* ---- memory ---- */

Test(limits, percent_and_bytes_are_told_apart)
{
    static const struct {
        const char *text;
        bool is_bytes;
        double value;
    } rows[] = {{"90", false, 90},          {"2.5", false, 2.5},         {"90%", false, 90},
                {"512B", true, 512},        {"1K", true, 1024},          {"250M", true, 262144000},
                {"1.5G", true, 1610612736}, {"1T", true, 1099511627776}, {"0", false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct memory_limit limit = {0};
        cr_assert_eq(memory_limit_read(&limit, "max_mem", rows[i].text, NULL), 0, "%s",
                     rows[i].text);
        cr_expect(limit.is_set);
        cr_expect_eq(limit.is_bytes, rows[i].is_bytes, "%s", rows[i].text);
        cr_expect_float_eq(limit.value, rows[i].value, 1e-6, "%s: %g", rows[i].text, limit.value);
    }
}

Test(limits, nothing_said_is_no_limit)
{
    struct memory_limit limit = {.is_set = true};
    cr_expect_eq(memory_limit_read(&limit, "max_mem", NULL, NULL), 0);
    cr_expect_not(limit.is_set);
}

Test(limits, what_is_no_amount_is_refused)
{
    static const char *const texts[] = {"much", "M",   "5X", "5MB", "-5", "1e3",  "0x10",
                                        "5 M",  "inf", "%",  "5m",  " 5", "1.2.3"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ph_error err;
        struct memory_limit limit;
        cr_expect_eq(memory_limit_read(&limit, "max_mem", texts[i], &err), -1, "%s", texts[i]);
    }
}

/* ---- what is broken ---- */

static struct usage usage_of(double cpu, double mem, double rss)
{
    struct usage usage = {0};
    usage_add(&usage, cpu, mem, rss);
    usage_add(&usage, cpu / 2, mem / 2, rss / 2);
    return usage;
}

static void expect_broken(const struct limits *limits, const struct usage *usage, enum limit wanted)
{
    bool broken[LIMITS];
    limits_check(limits, usage, broken);
    for (int i = 0; i < LIMITS; i++)
        cr_expect_eq(broken[i], i == (int)wanted, "%s", limit_name((enum limit)i));
}

Test(limits, the_largest_process_counts_for_what_is_too_much)
{
    struct usage usage = usage_of(50, 20, 1000);
    expect_broken(&(struct limits){.max_cpu = 49}, &usage, LIMIT_OVER_CPU);
    expect_broken(&(struct limits){.max_cpu = 50}, &usage, LIMITS);
    struct memory_limit percent = {.is_set = true, .value = 19},
                        bytes = {.is_set = true, .is_bytes = true, .value = 999};
    expect_broken(&(struct limits){.max_mem = percent}, &usage, LIMIT_OVER_MEMORY);
    expect_broken(&(struct limits){.max_mem = bytes}, &usage, LIMIT_OVER_MEMORY);
    expect_broken(&(struct limits){.health_threshold = 34}, &usage, LIMIT_OVER_HEALTH);
    expect_broken(&(struct limits){.health_threshold = 35}, &usage, LIMITS);
}

Test(limits, the_smallest_process_counts_for_what_is_too_little)
{
    struct usage usage = usage_of(50, 20, 1000);
    struct memory_limit percent = {.is_set = true, .value = 10},
                        bytes = {.is_set = true, .is_bytes = true, .value = 500},
                        less = {.is_set = true, .is_bytes = true, .value = 499};
    expect_broken(&(struct limits){.has_min_cpu = true, .min_cpu = 25}, &usage, LIMIT_UNDER_CPU);
    expect_broken(&(struct limits){.has_min_cpu = true, .min_cpu = 24}, &usage, LIMITS);
    expect_broken(&(struct limits){.min_mem = percent}, &usage, LIMIT_UNDER_MEMORY);
    expect_broken(&(struct limits){.min_mem = bytes}, &usage, LIMIT_UNDER_MEMORY);
    expect_broken(&(struct limits){.min_mem = less}, &usage, LIMITS);
}

Test(limits, zero_is_no_limit_and_without_processes_none_is_broken)
{
    struct usage usage = usage_of(500, 90, 1e12), none = {0};
    struct memory_limit zero = {.is_set = true};
    expect_broken(&(struct limits){.max_mem = zero}, &usage, LIMITS);
    expect_broken(&(struct limits){.max_cpu = 1, .has_min_cpu = true, .min_mem = zero}, &none,
                  LIMITS);
}

/* ---- in a row ---- */

Test(limits, only_what_is_broken_often_enough_in_a_row_counts)
{
    struct limits limits = {.max_count = 2};
    struct breaches breaches = {0};
    const bool none[LIMITS] = {false}, cpu[LIMITS] = {[LIMIT_OVER_CPU] = true};
    const bool both[LIMITS] = {[LIMIT_OVER_CPU] = true, [LIMIT_OVER_HEALTH] = true};
    cr_expect_eq(breaches_count(&breaches, &limits, cpu), LIMITS);
    cr_expect_eq(breaches_count(&breaches, &limits, cpu), LIMITS);
    cr_expect_eq(breaches_count(&breaches, &limits, none), LIMITS);
    cr_expect_eq(breaches_count(&breaches, &limits, both), LIMITS);
    cr_expect_eq(breaches_count(&breaches, &limits, both), LIMITS);
    cr_expect_eq(breaches_count(&breaches, &limits, both), LIMIT_OVER_CPU);
    cr_expect_eq(breaches_count(&breaches, &limits, both), LIMITS, "it begins anew");
}
