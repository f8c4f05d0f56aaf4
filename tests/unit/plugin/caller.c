#include <criterion/criterion.h>
#include <own_descriptors.h>
#include <plugin/caller.h>
#include <sleeper.h>
#include <sys/resource.h>

enum { DEADLINE_MS = 10000 };

static loop_t *loop;
static callers_t *callers;
static caller_t *ended; /* that was told last */
static unsigned ends;
static caller_t *held[2]; /* that are released when their end is told */

static void on_end(void *arg, caller_t *caller)
{
    cr_expect_eq(arg, &ends);
    ended = caller;
    ends++;
    for (size_t i = 0; i < 2; i++)
        if (held[i] == caller)
            caller_release(caller);
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
    callers = callers_new(loop, on_end, &ends);
}

static void tear_down(void)
{
    callers_destroy(&callers);
    cr_expect_null(callers);
    loop_destroy(&loop);
}

TestSuite(caller, .init = set_up, .fini = tear_down, .timeout = 30);

static caller_t *hold(pid_t pid)
{
    caller_t *caller = NULL;
    cr_assert_eq(callers_hold(callers, pid, &caller), 0);
    cr_assert_not_null(caller);
    return caller;
}

static void run(int64_t limit_ms)
{
    struct timer timer = {.fire = on_deadline};
    timers_start(loop_timers(loop), &timer, limit_ms);
    loop_run(loop);
    timers_cancel(loop_timers(loop), &timer);
}

Test(caller, one_process_is_watched_once_for_all_that_hold_it)
{
    pid_t first = sleeper_start(), second = sleeper_start();
    held[0] = hold(first);
    held[1] = hold(first);
    caller_t *other = hold(second);
    cr_expect_eq(held[0], held[1]);
    cr_expect_neq(other, held[0]);
    sleeper_end(first);
    run(DEADLINE_MS);
    cr_expect_eq(ends, 1);
    cr_expect_eq(ended, held[0]);
    caller_release(other);
    sleeper_end(second);
    run(0);
    cr_expect_eq(ends, 1);
}

Test(caller, one_that_nobody_holds_goes_without_a_word)
{
    pid_t pid = sleeper_start();
    unsigned before = count_descriptors();
    caller_t *caller = hold(pid);
    caller_release(caller);
    cr_expect_eq(hold(pid), caller, "who calls again is still watched");
    cr_expect_eq(count_descriptors(), before + 1);
    caller_release(caller);
    sleeper_end(pid);
    run(0);
    cr_expect_eq(ends, 0);
    cr_expect_eq(count_descriptors(), before);
}

Test(caller, of_many_that_nobody_holds_the_oldest_are_forgotten)
{
    enum { MANY = 100, KEPT = 64 };
    pid_t pids[MANY];
    unsigned before = count_descriptors();
    for (size_t i = 0; i < MANY; i++) {
        pids[i] = sleeper_start();
        caller_release(hold(pids[i]));
    }
    cr_expect_eq(count_descriptors(), before + KEPT);
    caller_t *newest = hold(pids[MANY - 1]), *kept = hold(pids[MANY - KEPT]);
    cr_expect_eq(count_descriptors(), before + KEPT, "those were still watched");
    caller_t *forgotten = hold(pids[MANY - KEPT - 1]);
    cr_expect_eq(count_descriptors(), before + KEPT + 1, "that one was not");
    caller_release(newest);
    caller_release(kept);
    caller_release(forgotten);
    for (size_t i = 0; i < MANY; i++)
        sleeper_end(pids[i]);
}

/* The number of one that has ended may be that of another process. */
Test(caller, who_holds_one_that_has_ended_may_let_go_of_it_later)
{
    pid_t pid = sleeper_start();
    caller_t *caller = hold(pid);
    sleeper_kill(pid);
    run(DEADLINE_MS);
    cr_expect_eq(ended, caller);
    caller_t *again = hold(pid); /* the kernel still knows the number */
    cr_expect_neq(again, caller);
    caller_release(caller);
    caller_release(again);
    caller_release(NULL);
    sleeper_end(pid);
}

Test(caller, one_that_is_gone_is_told_from_one_that_cannot_be_watched)
{
    struct rlimit none = {0}, before;
    caller_t *caller = NULL;
    pid_t gone = sleeper_start(), there = sleeper_start();
    sleeper_end(gone);
    cr_expect_eq(callers_hold(callers, gone, &caller), -1);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none.rlim_max = before.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_expect_eq(callers_hold(callers, there, &caller), 0);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    cr_expect_null(caller);
    caller_release(hold(there));
    sleeper_end(there);
}
