#include <criterion/criterion.h>
#include <gap_counter.h>

static gap_counter_t *counter;

static void setup(void)
{
    counter = gap_counter_new();
    gap_counter_begin(counter, "e1");
}

static void teardown(void)
{
    gap_counter_destroy(&counter);
}

TestSuite(gap_counter, .init = setup, .fini = teardown);

static bool take_of(const char *epoch, const char *topic, uint64_t seq, struct ph_gap *gap)
{
    struct place place = {epoch, seq};
    return gap_counter_take(counter, topic, &place, gap);
}

static void expect_no_gap(const char *topic, uint64_t seq)
{
    struct ph_gap gap;
    cr_expect_not(take_of("e1", topic, seq, &gap), "%s %d", topic, (int)seq);
}

static bool mark(uint64_t expected, uint64_t seq, struct ph_gap *gap)
{
    struct place place = {"e1", seq};
    return gap_counter_mark(counter, expected, &place, gap);
}

static void expect_agreed(uint64_t expected, uint64_t seq)
{
    struct ph_gap gap = {0};
    cr_expect_not(mark(expected, seq, &gap), "%d are missed", (int)gap.missed);
}

Test(gap_counter, events_that_all_came_agree_with_the_mark)
{
    gap_counter_subscribe(counter, "a.", 10);
    expect_no_gap("a.x", 9); /* before: does not count */
    expect_no_gap("a.x", 11);
    expect_no_gap("b.x", 12);
    expect_no_gap("a.y", 15);
    expect_agreed(2, 15);
    cr_expect_eq(gap_counter_missed(counter), 0);
}

Test(gap_counter, a_mark_that_expects_more_tells_how_many_and_between_what)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "a.", 10);
    expect_no_gap("a.x", 11);
    expect_agreed(1, 12);
    expect_no_gap("a.x", 20);
    cr_assert(mark(5, 25, &gap));
    cr_expect_not(gap.is_new_epoch);
    cr_expect_eq(gap.missed, 3);
    cr_expect_eq(gap.from, 13);
    cr_expect_eq(gap.to, 25);
    cr_expect_eq(gap_counter_missed(counter), 3);
    expect_no_gap("a.x", 26);
    expect_agreed(6, 26);
}

Test(gap_counter, an_event_counts_once_however_many_prefixes_it_fits)
{
    gap_counter_subscribe(counter, "a.", 10);
    gap_counter_subscribe(counter, "a.b.", 11);
    expect_no_gap("a.b.c", 12);
    expect_agreed(1, 12);
}

Test(gap_counter, who_receives_everything_sees_a_jump_at_once)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "", 10);
    expect_no_gap("a", 11);
    cr_assert(take_of("e1", "a", 15, &gap));
    cr_expect_eq(gap.missed, 3);
    cr_expect_eq(gap.from, 12);
    cr_expect_eq(gap.to, 14);
    expect_agreed(5, 15);
    cr_expect_eq(gap_counter_missed(counter), 3);
}

Test(gap_counter, what_is_lost_at_the_end_is_not_told_again_as_a_jump)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "", 10);
    expect_no_gap("a", 11);
    cr_assert(mark(3, 13, &gap));
    cr_expect_eq(gap.missed, 2);
    expect_no_gap("a", 14);
    expect_agreed(4, 14);
}

Test(gap_counter, what_is_unsubscribed_counts_up_to_there)
{
    gap_counter_subscribe(counter, "a.", 10);
    gap_counter_unsubscribe(counter, "a.", 12);
    expect_no_gap("a.x", 12);
    expect_no_gap("a.x", 13);
    expect_agreed(1, 13);
    gap_counter_subscribe(counter, "a.", 13);
    expect_no_gap("a.x", 14);
    expect_agreed(2, 14);
}

Test(gap_counter, an_event_of_a_new_epoch_tells_it_once)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "a.", 10);
    cr_assert(take_of("e2", "a.x", 3, &gap));
    cr_expect(gap.is_new_epoch);
    cr_expect_eq(gap.missed, 0);
    cr_expect_not(take_of("e2", "a.x", 4, &gap));
    gap_counter_begin(counter, "e2");
    cr_expect_not(gap_counter_settle(counter, &gap));
}

Test(gap_counter, a_new_epoch_without_events_is_told_when_all_is_taken)
{
    struct ph_gap gap = {0};
    cr_expect_not(gap_counter_settle(counter, &gap));
    gap_counter_begin(counter, "e2");
    expect_no_gap("a.x", 11); /* of the old one, it was on its way */
    cr_assert(gap_counter_settle(counter, &gap));
    cr_expect(gap.is_new_epoch);
    cr_expect_not(gap_counter_settle(counter, &gap));
}

Test(gap_counter, a_new_session_counts_anew)
{
    gap_counter_subscribe(counter, "a.", 10);
    expect_no_gap("a.x", 11);
    gap_counter_begin(counter, "e1");
    gap_counter_subscribe(counter, "a.", 20);
    expect_no_gap("a.x", 15);
    expect_no_gap("a.x", 21);
    expect_agreed(1, 21);
}

static bool return_to(uint64_t reached, struct ph_gap *gap)
{
    struct place place = {"e1", reached};
    return gap_counter_return(counter, &place, gap);
}

static void begin_again(const char *prefix, uint64_t seq)
{
    gap_counter_begin(counter, "e1");
    gap_counter_subscribe(counter, prefix, seq);
}

Test(gap_counter, what_was_published_between_two_sessions_is_a_gap_of_unknown_size)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "a.", 10);
    expect_no_gap("a.x", 11);
    expect_agreed(1, 12);
    begin_again("a.", 20);
    gap_counter_subscribe(counter, "b.", 22);
    cr_expect_not(return_to(19, &gap), "it is not certain yet that nothing more comes");
    cr_assert(return_to(20, &gap));
    cr_expect_not(gap.is_new_epoch);
    cr_expect_eq(gap.missed, 0);
    cr_expect_eq(gap.from, 13);
    cr_expect_eq(gap.to, 20);
    cr_expect_not(return_to(21, &gap), "it is told once");
    cr_expect_eq(gap_counter_missed(counter), 0);
}

Test(gap_counter, who_receives_everything_knows_how_much_was_published_between_two_sessions)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "", 10);
    expect_no_gap("a", 11);
    begin_again("", 20);
    expect_no_gap("a", 12); /* it was on its way */
    cr_assert(return_to(20, &gap));
    cr_expect_eq(gap.missed, 8);
    cr_expect_eq(gap.from, 13);
    cr_expect_eq(gap.to, 20);
    cr_expect_eq(gap_counter_missed(counter), 8);
    expect_agreed(0, 20);
    expect_no_gap("a", 21);
    expect_agreed(1, 21);
}

Test(gap_counter, if_nothing_was_published_between_two_sessions_there_is_no_gap)
{
    struct ph_gap gap;
    gap_counter_subscribe(counter, "a.", 10);
    begin_again("a.", 10);
    cr_expect_not(return_to(12, &gap));
}

Test(gap_counter, a_session_that_ends_before_it_tells_that_gap_leaves_it_to_the_next)
{
    struct ph_gap gap = {0};
    gap_counter_subscribe(counter, "a.", 10);
    begin_again("a.", 20);
    gap_counter_begin(counter, "e1"); /* and this one before it could subscribe */
    begin_again("a.", 30);
    cr_assert(return_to(30, &gap));
    cr_expect_eq(gap.from, 11);
    cr_expect_eq(gap.to, 30);
}

Test(gap_counter, neither_who_had_not_subscribed_nor_another_epoch_has_such_a_gap)
{
    struct ph_gap gap;
    gap_counter_subscribe(counter, "a.", 10);
    gap_counter_unsubscribe(counter, "a.", 12);
    begin_again("a.", 20);
    cr_expect_not(return_to(20, &gap));
    gap_counter_begin(counter, "e2");
    gap_counter_subscribe(counter, "a.", 30);
    cr_expect_not(return_to(30, &gap));
}

Test(gap_counter, what_was_missed_does_not_begin_anew_at_0)
{
    struct ph_gap gap;
    gap_counter_subscribe(counter, "", 1);
    cr_expect(mark(UINT64_MAX, 2, &gap));
    cr_expect(take_of("e1", "a.x", 10, &gap));
    cr_expect_eq(gap_counter_missed(counter), UINT64_MAX);
}
