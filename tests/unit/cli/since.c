#include <criterion/criterion.h>
#include <since.h>
#include <stdlib.h>
#include <string.h>

/* 2026-07-15 12:00:00 UTC */
enum { NOON = 1784116800 };

static void use_zone(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

static void expect_time(const char *text, double wanted)
{
    struct ph_error err = {0};
    double seconds = -1;
    cr_expect_eq(since_parse(text, NOON, &seconds, &err), 0, "%s: %s", text, err.message);
    cr_expect_float_eq(seconds, wanted, 0.001, "%s: %f", text, seconds);
}

static void expect_refusal(const char *text)
{
    struct ph_error err = {0};
    double seconds = -1;
    cr_expect_eq(since_parse(text, NOON, &seconds, &err), -1, "'%s' is %f", text, seconds);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect(strstr(err.message, "is no TIME: 90, 15m, 2h, 1d, HH:MM[:SS]"), "%s", err.message);
    cr_expect_float_eq(seconds, -1, 0, "the output was touched");
}

Test(since, a_number_is_so_long_ago)
{
    expect_time("0", NOON);
    expect_time("90", NOON - 90);
    expect_time("1.5s", NOON - 1.5);
    expect_time("15m", NOON - 15 * 60);
    expect_time("2h", NOON - 2 * 3600);
    expect_time("1d", NOON - 86400);
}

Test(since, longer_ago_than_1970_is_1970)
{
    expect_time("100000d", 0);
}

Test(since, a_clock_time_is_of_today_or_else_of_yesterday)
{
    use_zone("UTC");
    expect_time("11:59", NOON - 60);
    expect_time("12:00:00", NOON);
    expect_time("12:00:01", NOON + 1 - 86400);
    expect_time("23:59", NOON + 12 * 3600 - 60 - 86400);
}

Test(since, a_date_is_local_time)
{
    use_zone("CET-1CEST,M3.5.0,M10.5.0/3");
    expect_time("2026-07-15", NOON - 14 * 3600);
    expect_time("2026-07-15 13:30", NOON - 30 * 60);
    expect_time("2026-07-15T13:30:10", NOON - 30 * 60 + 10);
    /* In winter the clock is an hour behind. */
    expect_time("2026-01-15 13:00:00", NOON - 181 * 86400.0);
}

Test(since, an_at_sign_is_the_number_itself)
{
    expect_time("@0", 0);
    expect_time("@1784116800.25", NOON + 0.25);
}

Test(since, anything_else_is_refused_with_what_is_accepted)
{
    static const char *const texts[] = {
        "",
        "yesterday",
        "-5",
        "5x",
        "5 m",
        "1e3",
        "0x10",
        "nan",
        "25:00",
        "12:60",
        "12:00:00x",
        "@",
        "@-1",
        "@12h",
        "1.2.3",
        "2026-02-30",
        "2026-13-01",
        "2026-01-01 ",
        "2026-01-01 25:00",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_refusal(texts[i]);
}
