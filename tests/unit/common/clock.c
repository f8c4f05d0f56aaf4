#include <clock.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <time.h>

static void expect_text(double seconds, const char *expected)
{
    char text[PH_TIMESTAMP_SIZE];
    ph_clock_format(seconds, text);
    cr_expect_str_eq(text, expected);
}

Test(clock, a_time_is_written_in_utc_with_milliseconds)
{
    expect_text(0, "1970-01-01T00:00:00.000Z");
    expect_text(0.5, "1970-01-01T00:00:00.500Z");
    expect_text(951782399.75, "2000-02-28T23:59:59.750Z");
    expect_text(951782400, "2000-02-29T00:00:00.000Z");
    expect_text(4102444799.9375, "2099-12-31T23:59:59.937Z");
}

Test(clock, the_milliseconds_are_those_of_the_time_however_a_double_holds_it)
{
    for (unsigned ms = 0; ms < 1000; ms++) {
        char text[PH_TIMESTAMP_SIZE], expected[PH_TIMESTAMP_SIZE];
        snprintf(expected, sizeof expected, "2023-11-14T22:13:20.%03uZ", ms);
        ph_clock_format(1700000000.0 + ms / 1000.0, text);
        cr_assert_str_eq(text, expected);
    }
}

Test(clock, the_monotonic_clock_never_goes_back)
{
    int64_t last = ph_clock_ms();
    for (int i = 0; i < 1000; i++) {
        int64_t now = ph_clock_ms();
        cr_assert_geq(now, last);
        last = now;
    }
}

Test(clock, the_wall_clock_is_that_of_the_system)
{
    double now = ph_clock_wall();
    time_t after = time(NULL);
    cr_expect_leq(now, (double)after + 1);
    cr_expect_geq(now, (double)after - 60);
}
