#include <config/configuration.h>
#include <criterion/criterion.h>
#include <process/backoff.h>
#include <string.h>

static const struct backoff_policy usual = {
    .restart_delay_ms = 100,
    .restart_delay_max_ms = 1000,
    .restart_jitter = 0.1,
    .stable_after_ms = 5000,
    .max_restarts = 8,
    .failed_retry_ms = 60000,
};

/* One death, and what is to follow. */
struct row {
    bool was_up;
    int64_t uptime_ms;
    double chance;
    bool has_failed;
    int64_t delay_ms;
};

static void expect_rows(const struct backoff_policy *policy, const struct row *rows, size_t count)
{
    struct backoff backoff = {0};
    for (size_t i = 0; i < count; i++) {
        struct backoff_verdict verdict = backoff_after_death(&backoff, policy, rows[i].was_up,
                                                             rows[i].uptime_ms, rows[i].chance);
        cr_expect_eq(verdict.has_failed, rows[i].has_failed, "death %zu", i + 1);
        cr_expect_eq(verdict.delay_ms, rows[i].delay_ms, "death %zu: %lld", i + 1,
                     (long long)verdict.delay_ms);
    }
}

#define EXPECT_ROWS(policy, rows) expect_rows(policy, rows, sizeof(rows) / sizeof(rows)[0])

Test(backoff, the_first_death_of_a_process_that_had_come_up_is_answered_at_once)
{
    static const struct row rows[] = {
        {true, 10, 0, false, 0},    {true, 10, 0, false, 100}, {true, 10, 0, false, 200},
        {true, 10, 0, false, 400},  {true, 10, 0, false, 800}, {true, 10, 0, false, 1000},
        {true, 10, 0, false, 1000},
    };
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, a_process_that_never_came_up_waits_from_the_first_death_on)
{
    static const struct row rows[] = {
        {false, 0, 0, false, 100}, {false, 0, 0, false, 200},  {false, 0, 0, false, 400},
        {false, 0, 0, false, 800}, {false, 0, 0, false, 1000}, {false, 0, 0, false, 1000},
    };
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, coming_up_for_a_moment_does_not_end_the_row)
{
    static const struct row rows[] = {
        {false, 0, 0, false, 100},
        {true, 4999, 0, false, 200},
        {true, 10, 0, false, 400},
    };
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, a_long_run_ends_the_row)
{
    static const struct row rows[] = {
        {true, 10, 0, false, 0},   {true, 10, 0, false, 100}, {true, 10, 0, false, 200},
        {true, 5000, 0, false, 0}, {true, 10, 0, false, 100}, {true, 900000, 0, false, 0},
        {true, 5000, 0, false, 0},
    };
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, a_process_that_hung_long_without_coming_up_did_not_run_well)
{
    static const struct row rows[] = {
        {false, 90000, 0, false, 100},
        {false, 90000, 0, false, 200},
    };
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, chance_adds_up_to_its_share)
{
    static const struct row rows[] = {
        {false, 0, 0.5, false, 105},  {false, 0, 0.999, false, 219}, {false, 0, 0, false, 400},
        {false, 0, 0.25, false, 820}, {false, 0, 0.5, false, 1050},  {false, 0, 0.999, false, 1099},
    };
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, chance_does_not_delay_what_is_answered_at_once)
{
    static const struct row rows[] = {{true, 10, 0.999, false, 0}};
    EXPECT_ROWS(&usual, rows);
}

Test(backoff, too_many_deaths_in_a_row_are_a_failure_that_is_tried_again_slowly)
{
    struct backoff_policy policy = usual;
    policy.max_restarts = 3;
    static const struct row rows[] = {
        {true, 10, 0, false, 0},    {true, 10, 0, false, 100},    {true, 10, 0, false, 200},
        {true, 10, 0, true, 60000}, {true, 10, 0.5, true, 63000}, {true, 10, 0, true, 60000},
        {true, 5000, 0, false, 0},  {true, 10, 0, false, 100},
    };
    EXPECT_ROWS(&policy, rows);
}

Test(backoff, without_failed_retry_a_failure_stays)
{
    struct backoff_policy policy = usual;
    policy.max_restarts = 1;
    policy.failed_retry_ms = 0;
    static const struct row rows[] = {
        {false, 0, 0, false, 100},
        {false, 0, 0, true, -1},
        {false, 0, 0, true, -1},
    };
    EXPECT_ROWS(&policy, rows);
}

Test(backoff, without_max_restarts_it_never_gives_up)
{
    struct backoff_policy policy = usual;
    policy.max_restarts = 0;
    struct backoff backoff = {0};
    for (int i = 0; i < 100000; i++) {
        struct backoff_verdict verdict = backoff_after_death(&backoff, &policy, true, 0, 0);
        cr_assert_not(verdict.has_failed, "death %d", i + 1);
        cr_assert_eq(verdict.delay_ms, i == 0 ? 0 : i < 5 ? 100 << (i - 1) : 1000);
    }
}

Test(backoff, a_first_delay_above_the_longest_is_cut)
{
    struct backoff_policy policy = usual;
    policy.restart_delay_ms = 5000;
    static const struct row rows[] = {{false, 0, 0, false, 1000}, {false, 0, 0, false, 1000}};
    EXPECT_ROWS(&policy, rows);
}

Test(backoff, the_largest_numbers_of_a_configuration_do_not_overflow)
{
    static const struct backoff_policy largest = {
        .restart_delay_ms = 86399999,
        .restart_delay_max_ms = 86400000,
        .restart_jitter = 1,
        .stable_after_ms = 86400000,
        .max_restarts = 1000000,
        .failed_retry_ms = 86400000,
    };
    static const struct row rows[] = {
        {false, 0, 0, false, 86399999},
        {false, INT64_MAX, 0, false, 86400000},
        {false, 0, 0.5, false, 129600000},
    };
    EXPECT_ROWS(&largest, rows);
}

Test(backoff, any_number_may_be_huge)
{
    struct backoff_policy huge = {
        .restart_delay_ms = INT64_MAX / 2 + 1,
        .restart_delay_max_ms = INT64_MAX,
        .stable_after_ms = INT64_MAX,
    };
    static const struct row rows[] = {
        {false, 0, 0, false, INT64_MAX / 2 + 1},
        {false, 0, 0, false, INT64_MAX},
        {false, 0, 0, false, INT64_MAX},
    };
    EXPECT_ROWS(&huge, rows);
}

Test(backoff, it_counts_the_deaths_in_a_row)
{
    struct backoff backoff = {0};
    backoff_after_death(&backoff, &usual, true, 10, 0);
    cr_expect_eq(backoff.deaths, 1);
    backoff_after_death(&backoff, &usual, false, 0, 0);
    cr_expect_eq(backoff.deaths, 2);
    backoff_after_death(&backoff, &usual, true, 5000, 0);
    cr_expect_eq(backoff.deaths, 1);
}

/* Whatever a configuration may say: what dies at once is not started again without a pause. */
Test(backoff, no_configuration_makes_a_process_that_dies_at_once_spin)
{
    static const char text[] = "[watcher:w]\ncmd = x\nstable_after = 0\nrestart_delay = 0.001\n";
    struct configuration configuration;
    struct problems problems = {0};
    if (configuration_parse(&configuration, text, strlen(text), &problems) == 0) {
        struct backoff backoff = {0};
        const struct backoff_policy *policy = &configuration.watchers[0].restart;
        backoff_after_death(&backoff, policy, true, 0, 0);
        struct backoff_verdict second = backoff_after_death(&backoff, policy, true, 0, 0);
        cr_expect_gt(second.delay_ms, 0);
        configuration_release(&configuration);
    }
    problems_release(&problems);
}
