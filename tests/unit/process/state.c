/* The table of states against a second one, written from the picture in the design and not from
 * the code. */
#include <criterion/criterion.h>
#include <process/state.h>

enum { NO = -1 }; /* cannot happen */

static const int expected[PROCESS_STATE_COUNT][PROCESS_EVENT_COUNT] = {
    /*             START              STOP              SPAWNED           SPAWN_FAILED
                   READY              EXIT              DELAY_OVER        GIVE_UP   DONE */
    /* stopped */ {PROCESS_SPAWNING, NO, NO, NO, NO, NO, NO, NO, NO},
    /* spawning */
    {NO, PROCESS_STOPPED, PROCESS_STARTING, PROCESS_BACKOFF, NO, NO, NO, NO, NO},
    /* starting */ {NO, PROCESS_STOPPING, NO, NO, PROCESS_RUNNING, PROCESS_BACKOFF, NO, NO, NO},
    /* running */ {NO, PROCESS_STOPPING, NO, NO, NO, PROCESS_BACKOFF, NO, NO, NO},
    /* stopping */ {NO, NO, NO, NO, NO, PROCESS_STOPPED, NO, NO, NO},
    /* backoff */
    {PROCESS_SPAWNING, PROCESS_STOPPED, NO, NO, NO, NO, PROCESS_SPAWNING, PROCESS_FAILED,
     PROCESS_STOPPED},
    /* failed */ {PROCESS_SPAWNING, PROCESS_STOPPED, NO, NO, NO, NO, PROCESS_SPAWNING, NO, NO},
};

Test(state, exactly_the_expected_changes_can_happen)
{
    for (unsigned state = 0; state < PROCESS_STATE_COUNT; state++) {
        for (unsigned event = 0; event < PROCESS_EVENT_COUNT; event++) {
            enum process_state next = PROCESS_STATE_COUNT;
            bool happens =
                process_transition((enum process_state)state, (enum process_event)event, &next);
            int wanted = expected[state][event];
            cr_expect_eq(happens, wanted != NO, "%s, event %u",
                         process_state_name((enum process_state)state), event);
            cr_expect_eq(next, wanted == NO ? PROCESS_STATE_COUNT : (enum process_state)wanted,
                         "%s, event %u", process_state_name((enum process_state)state), event);
        }
    }
}

Test(state, the_state_that_changes_may_be_the_one_that_is_told)
{
    enum process_state state = PROCESS_STOPPED;
    cr_expect(process_transition(state, PROCESS_START, &state));
    cr_expect_eq(state, PROCESS_SPAWNING);
    cr_expect_not(process_transition(state, PROCESS_EXIT, &state));
    cr_expect_eq(state, PROCESS_SPAWNING);
}

Test(state, whatever_runs_can_be_stopped_and_whatever_waits_can_be_started)
{
    for (unsigned state = 0; state < PROCESS_STATE_COUNT; state++) {
        enum process_state next;
        bool can_stop = process_transition((enum process_state)state, PROCESS_STOP, &next);
        cr_expect_eq(can_stop, state != PROCESS_STOPPED && state != PROCESS_STOPPING);
    }
}

Test(state, every_state_has_its_word)
{
    static const char *const words[] = {"stopped",  "spawning", "starting", "running",
                                        "stopping", "backoff",  "failed"};
    cr_assert_eq(sizeof words / sizeof words[0], PROCESS_STATE_COUNT);
    for (unsigned state = 0; state < PROCESS_STATE_COUNT; state++)
        cr_expect_str_eq(process_state_name((enum process_state)state), words[state]);
}
