#include <criterion/criterion.h>
#include <fake_clock.h>
#include <process/watchdog.h>

enum { LIMIT_MS = 1000, NO_LIMIT = 100 };

static unsigned hangs;
static struct watchdog watchdog;

static void on_hang(void *arg)
{
    cr_expect_eq(arg, &watchdog);
    hangs++;
}

static void set_up(void)
{
    hangs = 0;
    watchdog = (struct watchdog){.timers = timers_new(NULL), .on_hang = on_hang, .arg = &watchdog};
    cr_assert_not_null(watchdog.timers);
}

static void tear_down(void)
{
    watchdog_stop(&watchdog);
    timers_destroy(&watchdog.timers);
}

TestSuite(watchdog, .init = set_up, .fini = tear_down, .timeout = 20);

/* Lets time pass and says how often it was called by then. */
static unsigned after(int64_t ms)
{
    fake_clock_advance(ms);
    timers_fire(watchdog.timers, NO_LIMIT);
    return hangs;
}

/* The same, and as long as what waits to be read is waited for. */
static unsigned after_last_chance(int64_t ms)
{
    after(ms);
    return after(WATCHDOG_LAST_CHANCE_MS);
}

Test(watchdog, a_sign_of_life_that_waited_to_be_read_counts)
{
    watchdog_start(&watchdog, LIMIT_MS);
    cr_expect_eq(after(10 * LIMIT_MS), 0, "the daemon was held up");
    watchdog_show_life(&watchdog);
    cr_expect_eq(after(LIMIT_MS - 1), 0);
    cr_expect_eq(after_last_chance(1), 1);
}

Test(watchdog, silence_of_that_length_is_told_once)
{
    watchdog_start(&watchdog, LIMIT_MS);
    cr_expect_eq(after(LIMIT_MS - 1), 0);
    cr_expect_eq(after_last_chance(1), 1);
    cr_expect_eq(after(10 * LIMIT_MS), 1);
}

Test(watchdog, each_sign_of_life_begins_anew)
{
    watchdog_start(&watchdog, LIMIT_MS);
    for (int i = 0; i < 5; i++) {
        cr_expect_eq(after(LIMIT_MS - 1), 0);
        watchdog_show_life(&watchdog);
    }
    cr_expect_eq(after(LIMIT_MS - 1), 0);
    cr_expect_eq(after_last_chance(1), 1);
}

Test(watchdog, who_is_busy_may_be_silent_for_so_long)
{
    watchdog_start(&watchdog, LIMIT_MS);
    watchdog_take_heartbeat(&watchdog, 5 * LIMIT_MS);
    cr_expect_eq(after(LIMIT_MS), 0);
    watchdog_show_life(&watchdog); /* does not take that back */
    cr_expect_eq(after(4 * LIMIT_MS - 1), 0);
    cr_expect_eq(after_last_chance(1), 1);
}

Test(watchdog, a_sign_of_life_near_the_end_of_that_counts_as_usual)
{
    watchdog_start(&watchdog, LIMIT_MS);
    watchdog_take_heartbeat(&watchdog, 2 * LIMIT_MS);
    cr_expect_eq(after(2 * LIMIT_MS - 1), 0);
    watchdog_show_life(&watchdog);
    cr_expect_eq(after(LIMIT_MS - 1), 0);
    cr_expect_eq(after_last_chance(1), 1);
}

Test(watchdog, the_next_heartbeat_ends_that_it_is_busy)
{
    watchdog_start(&watchdog, LIMIT_MS);
    watchdog_take_heartbeat(&watchdog, 100 * LIMIT_MS);
    watchdog_take_heartbeat(&watchdog, 0);
    cr_expect_eq(after_last_chance(LIMIT_MS), 1);
}

Test(watchdog, who_is_busy_for_less_than_usual_has_the_usual_time)
{
    watchdog_start(&watchdog, LIMIT_MS);
    watchdog_take_heartbeat(&watchdog, 1);
    cr_expect_eq(after(LIMIT_MS - 1), 0);
    cr_expect_eq(after_last_chance(1), 1);
}

Test(watchdog, nothing_is_told_once_it_is_stopped)
{
    watchdog_stop(&watchdog); /* before it ran, too */
    watchdog_start(&watchdog, LIMIT_MS);
    watchdog_stop(&watchdog);
    cr_expect_eq(after(10 * LIMIT_MS), 0);
    watchdog_start(&watchdog, LIMIT_MS);
    cr_expect_eq(after_last_chance(LIMIT_MS), 1);
}

Test(watchdog, the_length_of_the_silence_is_known_while_it_runs)
{
    cr_expect_eq(watchdog_silence_ms(&watchdog), -1);
    watchdog_start(&watchdog, LIMIT_MS);
    after(300);
    cr_expect_eq(watchdog_silence_ms(&watchdog), 300);
    watchdog_show_life(&watchdog);
    cr_expect_eq(watchdog_silence_ms(&watchdog), 0);
    after_last_chance(LIMIT_MS);
    cr_expect_eq(watchdog_silence_ms(&watchdog), -1);
}
