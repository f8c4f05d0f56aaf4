#include <criterion/criterion.h>
#include <plugin/tally.h>
#include <stdio.h>
#include <string.h>

static struct tally tally;

static void tear_down(void)
{
    tally_release(&tally);
}

TestSuite(tally, .fini = tear_down, .timeout = 30);

static bool count(const char *topic)
{
    return tally_count(&tally, topic, strlen(topic));
}

static void add(const char *prefix)
{
    cr_assert_eq(tally_add(&tally, prefix, NULL), 0);
}

Test(tally, an_event_counts_once_for_all_prefixes_it_has)
{
    add("event.");
    add("event.a");
    count("event.a.b");
    cr_expect_eq(tally.expected, 1);
}

Test(tally, only_topics_with_a_prefix_count)
{
    add("event.abc");
    count("event.ab");
    count("watcher.x");
    cr_expect_eq(tally.expected, 0);
    count("event.abc");
    count("event.abcd");
    cr_expect_eq(tally.expected, 2);
}

Test(tally, the_empty_prefix_counts_everything)
{
    add("");
    count("");
    count("x");
    cr_expect_eq(tally.expected, 2);
}

Test(tally, a_prefix_twice_is_one)
{
    struct ph_error err = {0};
    add("a");
    add("a");
    cr_expect_eq(tally.count, 1);
    cr_expect_eq(tally_remove(&tally, "a", &err), 0);
    cr_expect_eq(tally_remove(&tally, "a", &err), -1);
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.message, "the prefix 'a' is not subscribed to");
}

Test(tally, what_is_counted_stays_when_a_prefix_goes)
{
    add("a");
    add("b");
    count("a");
    cr_expect_eq(tally_remove(&tally, "a", NULL), 0);
    count("a");
    count("b");
    cr_expect_eq(tally.expected, 2);
}

Test(tally, a_mark_is_due_after_each_500)
{
    add("a");
    for (int i = 1; i <= 3 * TALLY_MARK_EVERY; i++)
        cr_assert_eq(count("a"), i % TALLY_MARK_EVERY == 0, "event %d", i);
    cr_expect_not(count("b"), "an event that does not count brings no mark");
}

Test(tally, prefixes_are_limited)
{
    struct ph_error err = {0};
    char prefix[16];
    for (int i = 0; i < TALLY_MAX_PREFIXES; i++) {
        snprintf(prefix, sizeof prefix, "p%d", i);
        add(prefix);
    }
    add("p0");
    cr_expect_eq(tally_add(&tally, "more", &err), -1);
    cr_expect_eq(err.code, PH_BUSY);
    cr_expect_str_eq(err.message, "a plugin counts at most 1000 prefixes");
}

Test(tally, a_prefix_is_as_long_as_a_subscription_may_be)
{
    struct ph_error err = {0};
    char prefix[TALLY_MAX_PREFIX_BYTES + 2] = "";
    memset(prefix, 'x', TALLY_MAX_PREFIX_BYTES);
    add(prefix);
    prefix[TALLY_MAX_PREFIX_BYTES] = 'x';
    cr_expect_eq(tally_add(&tally, prefix, &err), -1);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, "a prefix of 4097 bytes is longer than the 4096 allowed");
}
