#include <alloc.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <stream/rotation.h>
#include <string.h>

static void set_up(void)
{
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
}

TestSuite(rotation, .init = set_up);

/* Returns the time of a local date, "2026-03-28 23:30:00". */
static time_t at(const char *text)
{
    struct tm date = {.tm_isdst = -1};
    cr_assert_not_null(strptime(text, "%Y-%m-%d %H:%M:%S", &date));
    return mktime(&date);
}

static struct rotation parse(const char *when, int64_t interval, bool utc)
{
    struct rotation rotation;
    ph_cleanup(ph_freep) char *copy = ph_strdup(when);
    struct stream_options options = {.rotate_when = copy, .rotate_interval = interval, .utc = utc};
    cr_assert_eq(rotation_parse(&rotation, &options, NULL), 0);
    return rotation;
}

/* A file begun at `begin` is set aside at `next` and then has that suffix. */
static void expect(const char *when, int64_t interval, const char *begin, const char *next,
                   const char *suffix)
{
    char text[ROTATION_SUFFIX_SIZE];
    struct rotation rotation = parse(when, interval, false);
    time_t found = rotation_next(&rotation, at(begin));
    cr_expect_eq(found, at(next), "%s %s: %ld instead of %ld", when, begin, (long)found,
                 (long)at(next));
    cr_expect_eq(rotation_suffix(&rotation, found, text), strlen(suffix));
    cr_expect_str_eq(text, suffix, "%s %s", when, begin);
}

Test(rotation, short_times_count_from_the_first_line)
{
    expect("S", 0, "2026-01-31 12:00:01", "2026-01-31 12:00:02", "20260131120001");
    expect("M", 5, "2026-01-31 12:00:01", "2026-01-31 12:05:01", "202601311200");
    expect("H", 2, "2026-01-31 23:10:00", "2026-02-01 01:10:00", "2026013123");
    expect("D", 1, "2026-01-31 12:00:01", "2026-02-01 12:00:01", "20260131");
    expect("h", 1, "2026-01-31 12:00:01", "2026-01-31 13:00:01", "2026013112");
}

Test(rotation, days_of_the_calendar_end_at_midnight)
{
    expect("MIDNIGHT", 1, "2026-01-31 00:00:00", "2026-02-01 00:00:00", "20260131");
    expect("MIDNIGHT", 1, "2026-01-31 23:59:59", "2026-02-01 00:00:00", "20260131");
    expect("MIDNIGHT", 3, "2026-01-31 12:00:00", "2026-02-03 00:00:00", "20260131");
}

Test(rotation, a_day_of_23_or_25_hours_ends_at_midnight_too)
{
    expect("MIDNIGHT", 1, "2026-03-29 00:30:00", "2026-03-30 00:00:00", "20260329");
    expect("MIDNIGHT", 1, "2026-10-25 00:30:00", "2026-10-26 00:00:00", "20261025");
}

Test(rotation, a_week_ends_at_the_beginning_of_its_day)
{
    /* 2026-01-31 is a Saturday. */
    expect("W5", 1, "2026-01-31 10:00:00", "2026-02-07 00:00:00", "20260131");
    expect("W6", 1, "2026-01-31 10:00:00", "2026-02-01 00:00:00", "20260125");
    expect("W0", 1, "2026-01-31 10:00:00", "2026-02-02 00:00:00", "20260126");
    expect("W4", 1, "2026-01-31 10:00:00", "2026-02-06 00:00:00", "20260130");
}

Test(rotation, days_can_be_those_of_utc)
{
    char text[ROTATION_SUFFIX_SIZE];
    struct rotation rotation = parse("MIDNIGHT", 1, true);
    time_t next = rotation_next(&rotation, at("2026-01-31 00:30:00")); /* 23:30 of the 30th */
    cr_expect_eq(next, at("2026-01-31 01:00:00"));
    rotation_suffix(&rotation, next, text);
    cr_expect_str_eq(text, "20260130");
}
