#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <timers.h>

static char record[100];
static timers_t *timers;
static int victim;

static void setup(void)
{
    timers = timers_new();
    record[0] = '\0';
}

static void teardown(void)
{
    timers_destroy(&timers);
}

TestSuite(timers, .init = setup, .fini = teardown);

static void write_down(ph_plugin_t *plugin, void *arg)
{
    (void)plugin;
    const char *letter = arg;
    size_t used = strlen(record);
    cr_assert_lt(used + 1, sizeof record);
    record[used] = *letter;
    record[used + 1] = '\0';
}

static void cancel_victim(ph_plugin_t *plugin, void *arg)
{
    write_down(plugin, arg);
    timers_cancel(timers, victim);
}

static int add(int64_t due, int period_ms, ph_timer_fn *function, char letter)
{
    static char texts[128][2];
    char *text = texts[letter & 127];
    text[0] = letter;
    struct timer_spec spec = {due, period_ms, function, text};
    return timers_add(timers, &spec);
}

static void add_another(ph_plugin_t *plugin, void *arg)
{
    write_down(plugin, arg);
    add(0, 0, add_another, '+');
}

Test(timers, they_fire_in_the_order_of_their_times)
{
    add(30, 0, write_down, 'c');
    add(10, 0, write_down, 'a');
    add(20, 0, write_down, 'b');
    add(20, 0, write_down, 'B');
    cr_expect_eq(timers_deadline(timers), 10);
    timers_run(timers, NULL, 20);
    cr_expect_str_eq(record, "abB");
    cr_expect_eq(timers_deadline(timers), 30);
    timers_run(timers, NULL, 30);
    cr_expect_str_eq(record, "abBc");
    cr_expect_eq(timers_deadline(timers), -1);
}

Test(timers, ids_are_different_and_begin_with_1)
{
    cr_expect_eq(add(1, 0, write_down, 'a'), 1);
    cr_expect_eq(add(1, 0, write_down, 'b'), 2);
}

Test(timers, a_regular_one_does_once_what_it_could_not_do_in_time)
{
    add(10, 10, write_down, 'x');
    timers_run(timers, NULL, 55);
    cr_expect_str_eq(record, "x");
    cr_expect_eq(timers_deadline(timers), 60);
}

Test(timers, one_that_is_cancelled_does_not_fire)
{
    int id = add(10, 10, write_down, 'x');
    timers_cancel(timers, id);
    timers_cancel(timers, id);
    timers_run(timers, NULL, 100);
    cr_expect_str_eq(record, "");
}

Test(timers, a_function_may_cancel_itself_and_others)
{
    victim = add(10, 5, cancel_victim, 's');
    timers_run(timers, NULL, 10);
    cr_expect_eq(timers_deadline(timers), -1);
    add(10, 0, cancel_victim, 'o');
    victim = add(10, 0, write_down, 'x');
    timers_run(timers, NULL, 10);
    cr_expect_str_eq(record, "so");
}

Test(timers, what_a_function_adds_waits_for_the_next_round)
{
    add(0, 0, add_another, '+');
    timers_run(timers, NULL, 10);
    cr_expect_str_eq(record, "+");
    timers_run(timers, NULL, 10);
    cr_expect_str_eq(record, "++");
}
