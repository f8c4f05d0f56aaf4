#include <criterion/criterion.h>
#include <pending.h>

enum { MANY = 1000 };

static struct pending requests[MANY];

static void add(struct pending_table *table, size_t count, int64_t deadline)
{
    for (size_t i = 0; i < count; i++) {
        requests[i] = (struct pending){.deadline = deadline};
        pending_add(table, &requests[i]);
    }
}

Test(pending, ids_count_from_1)
{
    struct pending_table table = {0};
    add(&table, 3, -1);
    cr_expect_eq(requests[0].id, 1);
    cr_expect_eq(requests[2].id, 3);
    pending_release(&table);
}

Test(pending, each_is_found_by_its_id_once)
{
    struct pending_table table = {0};
    add(&table, MANY, -1);
    for (size_t i = 0; i < MANY; i++) {
        size_t index = (i * 7) % MANY; /* out of order */
        cr_expect_eq(pending_take(&table, (int64_t)index + 1), &requests[index]);
        cr_expect_null(pending_take(&table, (int64_t)index + 1));
    }
    cr_expect_null(pending_take_first(&table));
    pending_release(&table);
}

Test(pending, an_id_that_was_never_given_is_not_found)
{
    struct pending_table table = {0};
    cr_expect_null(pending_take(&table, 1));
    add(&table, 1, -1);
    cr_expect_null(pending_take(&table, -1));
    cr_expect_null(pending_take(&table, 9));
    pending_release(&table);
}

Test(pending, answered_is_what_lies_below_the_oldest)
{
    struct pending_table table = {0};
    cr_expect_eq(pending_answered(&table), 0);
    add(&table, 3, -1);
    cr_expect_eq(pending_answered(&table), 0);
    pending_take(&table, 2);
    cr_expect_eq(pending_answered(&table), 0);
    pending_take(&table, 1);
    cr_expect_eq(pending_answered(&table), 2);
    pending_take(&table, 3);
    cr_expect_eq(pending_answered(&table), 3);
    pending_release(&table);
}

Test(pending, what_was_not_sent_gives_its_id_back)
{
    struct pending_table table = {0};
    add(&table, 2, -1);
    pending_undo(&table, &requests[1]);
    pending_add(&table, &requests[1]);
    cr_expect_eq(requests[1].id, 2);
    pending_release(&table);
}

Test(pending, only_what_is_due_is_taken)
{
    struct pending_table table = {0};
    struct pending never = {.deadline = -1}, early = {.deadline = 10}, late = {.deadline = 20};
    pending_add(&table, &never);
    pending_add(&table, &late);
    pending_add(&table, &early);
    cr_expect_eq(pending_earliest(&table), 10);
    cr_expect_null(pending_take_due(&table, 9));
    cr_expect_eq(pending_take_due(&table, 10), &early);
    cr_expect_null(pending_take_due(&table, 19));
    cr_expect_eq(pending_earliest(&table), 20);
    cr_expect_eq(pending_take_due(&table, 1000), &late);
    cr_expect_null(pending_take_due(&table, INT64_MAX - 1));
    cr_expect_eq(pending_earliest(&table), -1);
    pending_release(&table);
}
