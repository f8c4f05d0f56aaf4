#include <alloc.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <units.h>

/* 2026-07-15 12:00:00 UTC */
enum { NOON = 1784116800 };

static void expect_text(char *text, const char *wanted)
{
    cr_expect_str_eq(text, wanted);
    free(text);
}

Test(units, a_duration_has_its_two_largest_units)
{
    expect_text(units_duration(-1), "0s");
    expect_text(units_duration(59.9), "59s");
    expect_text(units_duration(125), "2m05s");
    expect_text(units_duration(4 * 3600 + 600), "4h10m");
    expect_text(units_duration(3 * 86400 + 2 * 3600), "3d02h");
}

Test(units, a_short_duration_has_fractions)
{
    expect_text(units_fine_duration(0.016), "0.02s");
    expect_text(units_fine_duration(0.999), "1.0s");
    expect_text(units_fine_duration(9.94), "9.9s");
    expect_text(units_fine_duration(12.5), "12s");
}

Test(units, a_size_has_at_most_three_digits_before_the_point)
{
    expect_text(units_size(0), "0B");
    expect_text(units_size(812), "812B");
    expect_text(units_size(1023), "1.0K");
    expect_text(units_size(88188354), "84.1M");
    expect_text(units_size(INT64_C(5) << 40), "5.0T");
}

Test(units, a_clock_has_the_date_only_when_it_is_not_todays)
{
    setenv("TZ", "UTC", 1);
    tzset();
    expect_text(units_clock(NOON - 1, NOON), "11:59:59");
    expect_text(units_clock(NOON - 86400, NOON), "2026-07-14 12:00:00");
    expect_text(units_fine_clock(NOON + 0.25, NOON, false), "12:00:00.250");
    expect_text(units_fine_clock(NOON + 0.25, NOON, true), "2026-07-15 12:00:00.250");
}
