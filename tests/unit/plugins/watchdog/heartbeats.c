#include <criterion/criterion.h>
#include <heartbeats.h>
#include <plughost/plughost.h>
#include <stdlib.h>

/* Takes the one that is silent, and checks who it is; 0: nobody. */
static void expect_silent(heartbeats_t *self, int64_t limit, pid_t pid, const char *watcher)
{
    struct silent silent = {0};
    int outcome = heartbeats_take_silent(self, limit, &silent);
    cr_assert_eq(outcome, pid > 0 ? 0 : -1, "at %d", (int)limit);
    cr_expect_eq(silent.pid, pid);
    if (pid > 0)
        cr_expect_str_eq(silent.watcher, watcher);
    free(silent.watcher);
}

Test(heartbeats, who_has_not_been_heard_since_the_limit_is_taken_once)
{
    ph_cleanup(heartbeats_destroy) heartbeats_t *self = heartbeats_new();
    heartbeats_add(self, 10, "web", 100);
    heartbeats_add(self, 11, "db", 200);
    expect_silent(self, 100, 0, NULL);
    expect_silent(self, 101, 10, "web");
    expect_silent(self, 101, 0, NULL);
    expect_silent(self, 201, 11, "db");
    expect_silent(self, 1000, 0, NULL);
}

Test(heartbeats, all_who_are_silent_are_taken_one_after_the_other)
{
    ph_cleanup(heartbeats_destroy) heartbeats_t *self = heartbeats_new();
    struct silent silent;
    for (pid_t pid = 1; pid <= 50; pid++)
        heartbeats_add(self, pid, "web", pid);
    int taken = 0;
    while (heartbeats_take_silent(self, 26, &silent) == 0) {
        cr_expect_leq(silent.pid, 25);
        free(silent.watcher);
        taken++;
    }
    cr_expect_eq(taken, 25);
}

Test(heartbeats, a_sign_of_life_counts_for_who_is_in_the_table)
{
    ph_cleanup(heartbeats_destroy) heartbeats_t *self = heartbeats_new();
    heartbeats_add(self, 10, "web", 100);
    cr_expect(heartbeats_note(self, 10, 300));
    cr_expect_not(heartbeats_note(self, 12, 300));
    expect_silent(self, 300, 0, NULL);
    expect_silent(self, 301, 10, "web");
}

Test(heartbeats, who_is_added_again_keeps_its_last_sign)
{
    ph_cleanup(heartbeats_destroy) heartbeats_t *self = heartbeats_new();
    heartbeats_add(self, 10, "web", 100);
    heartbeats_add(self, 10, "web", 500);
    expect_silent(self, 101, 10, "web");
}

Test(heartbeats, who_is_removed_is_not_missed)
{
    ph_cleanup(heartbeats_destroy) heartbeats_t *self = heartbeats_new();
    heartbeats_add(self, 10, "web", 100);
    heartbeats_remove(self, 10);
    heartbeats_remove(self, 11);
    expect_silent(self, 1000, 0, NULL);
}
