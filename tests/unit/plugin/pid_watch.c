#include <criterion/criterion.h>
#include <errno.h>
#include <plugin/pid_watch.h>
#include <sleeper.h>

enum { DEADLINE_MS = 10000 };

static loop_t *loop;
static struct pid_watch watch;
static unsigned ends;

static void on_end(void *arg)
{
    cr_expect_eq(arg, &watch);
    ends++;
    pid_watch_stop(&watch);
    loop_end(loop);
}

static void on_deadline(void *arg)
{
    (void)arg;
    loop_end(loop);
}

static void set_up(void)
{
    zsys_handler_set(NULL);
    loop = loop_new(NULL);
    cr_assert_not_null(loop);
    watch = (struct pid_watch){0};
    ends = 0;
}

static void tear_down(void)
{
    pid_watch_stop(&watch);
    loop_destroy(&loop);
}

TestSuite(pid_watch, .init = set_up, .fini = tear_down, .timeout = 30);

/* Runs the loop until the watch is over, or for so long. */
static void run(int64_t limit_ms)
{
    struct timer timer = {.fire = on_deadline};
    timers_start(loop_timers(loop), &timer, limit_ms);
    loop_run(loop);
    timers_cancel(loop_timers(loop), &timer);
}

Test(pid_watch, the_end_of_a_process_is_told)
{
    pid_t pid = sleeper_start();
    cr_assert_eq(pid_watch_start(&watch, loop, pid, on_end, &watch), 0);
    cr_expect_not(pid_watch_has_ended(&watch));
    sleeper_kill(pid);
    cr_expect(pid_watch_has_ended(&watch));
    cr_expect_eq(ends, 0, "only the loop tells");
    run(DEADLINE_MS);
    cr_expect_eq(ends, 1);
    sleeper_end(pid);
}

Test(pid_watch, of_what_is_not_watched_any_more_nothing_is_told)
{
    pid_t pid = sleeper_start();
    cr_assert_eq(pid_watch_start(&watch, loop, pid, on_end, &watch), 0);
    pid_watch_stop(&watch);
    pid_watch_stop(&watch);
    cr_expect_not(pid_watch_has_ended(&watch));
    sleeper_end(pid);
    run(0);
    cr_expect_eq(ends, 0);
}

Test(pid_watch, a_process_that_is_gone_cannot_be_watched)
{
    pid_t pid = sleeper_start();
    sleeper_end(pid);
    errno = 0;
    cr_expect_eq(pid_watch_start(&watch, loop, pid, on_end, &watch), -1);
    cr_expect_eq(errno, ESRCH);
    cr_expect_not(pid_watch_has_ended(&watch));
}
