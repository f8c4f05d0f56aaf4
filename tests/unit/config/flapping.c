#include <config/flapping.h>
#include <criterion/criterion.h>

enum { LEFT_OUT = -1, NO_MAX_RETRY = -2 };

static const struct backoff_policy defaults = {.restart_delay_ms = 100,
                                               .restart_delay_max_ms = 60000,
                                               .restart_jitter = 0.1,
                                               .stable_after_ms = 10000,
                                               .max_restarts = 20,
                                               .failed_retry_ms = 600000};
static const struct flapping_options nothing = {.active = true,
                                                .attempts = LEFT_OUT,
                                                .window_ms = LEFT_OUT,
                                                .retry_in_ms = LEFT_OUT,
                                                .max_retry = NO_MAX_RETRY};
static const struct flapping_own none;

static struct backoff_policy apply(struct flapping_options options, int64_t max_retry)
{
    struct backoff_policy policy = defaults;
    flapping_apply(&options, max_retry, &none, &policy);
    return policy;
}

Test(flapping, what_is_left_out_changes_nothing)
{
    struct backoff_policy policy = apply(nothing, NO_MAX_RETRY);
    cr_expect_eq(policy.restart_delay_ms, 100);
    cr_expect_eq(policy.restart_delay_max_ms, 60000);
    cr_expect_eq(policy.stable_after_ms, 10000);
    cr_expect_eq(policy.max_restarts, 20);
    cr_expect_eq(policy.failed_retry_ms, 600000);
}

Test(flapping, attempts_and_tries_make_the_deaths_in_a_row)
{
    static const struct {
        int64_t attempts, flapping_max_retry, max_retry, expected;
    } rows[] = {
        {3, 4, NO_MAX_RETRY, 12},
        {3, NO_MAX_RETRY, NO_MAX_RETRY, 15}, /* Circus's max_retry is 5 */
        {LEFT_OUT, 4, NO_MAX_RETRY, 8},      /* Circus's attempts are 2 */
        {3, -1, NO_MAX_RETRY, 0},            /* for ever */
        {3, 0, NO_MAX_RETRY, 1},             /* not "never give up" */
        {LEFT_OUT, NO_MAX_RETRY, 7, 7},
        {LEFT_OUT, NO_MAX_RETRY, -1, 0},
        {LEFT_OUT, NO_MAX_RETRY, 0, 1},
        {3, 4, 7, 12},
        {LEFT_OUT, -1, 7, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct flapping_options options = nothing;
        options.attempts = rows[i].attempts;
        options.max_retry = rows[i].flapping_max_retry;
        cr_expect_eq(apply(options, rows[i].max_retry).max_restarts, rows[i].expected, "row %zu",
                     i);
    }
}

Test(flapping, switched_off_it_never_gives_up_but_waits_all_the_same)
{
    struct flapping_options options = nothing;
    options.active = false;
    options.attempts = 3;
    options.retry_in_ms = 5000;
    struct backoff_policy policy = apply(options, 7);
    cr_expect_eq(policy.max_restarts, 0);
    cr_expect_eq(policy.restart_delay_ms, 100);
    cr_expect_eq(policy.restart_delay_max_ms, 5000);
}

Test(flapping, the_window_is_the_time_that_ends_a_row_but_no_shorter_than_a_second)
{
    struct flapping_options options = nothing;
    options.window_ms = 2500;
    cr_expect_eq(apply(options, NO_MAX_RETRY).stable_after_ms, 2500);
    options.window_ms = 10;
    cr_expect_eq(apply(options, NO_MAX_RETRY).stable_after_ms, 1000);
    options.window_ms = 0;
    cr_expect_eq(apply(options, NO_MAX_RETRY).stable_after_ms, 1000);
}

Test(flapping, retry_in_is_the_longest_delay_but_no_shorter_than_the_first)
{
    struct flapping_options options = nothing;
    options.retry_in_ms = 7000;
    cr_expect_eq(apply(options, NO_MAX_RETRY).restart_delay_max_ms, 7000);
    options.retry_in_ms = 0;
    cr_expect_eq(apply(options, NO_MAX_RETRY).restart_delay_max_ms, 100);
}

Test(flapping, our_own_names_go_first)
{
    struct flapping_options options = {
        .active = false, .attempts = 3, .window_ms = 2500, .retry_in_ms = 7000, .max_retry = 4};
    struct backoff_policy policy = defaults;
    struct flapping_own own = {.max_restarts = true};
    flapping_apply(&options, 9, &own, &policy);
    cr_expect_eq(policy.max_restarts, 20);
    cr_expect_eq(policy.stable_after_ms, 2500);
    cr_expect_eq(policy.restart_delay_max_ms, 7000);

    policy = defaults;
    own = (struct flapping_own){.stable_after = true, .restart_delay_max = true};
    flapping_apply(&options, 9, &own, &policy);
    cr_expect_eq(policy.max_restarts, 0);
    cr_expect_eq(policy.stable_after_ms, 10000);
    cr_expect_eq(policy.restart_delay_max_ms, 60000);
}
