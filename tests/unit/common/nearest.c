#include <criterion/criterion.h>
#include <nearest.h>
#include <string.h>

Test(nearest, the_distance_counts_added_missing_changed_and_swapped_letters)
{
    static const struct {
        const char *a, *b;
        size_t distance;
    } rows[] = {
        {"", "", 0},           {"cmd", "cmd", 0},      {"", "abc", 3},
        {"abc", "", 3},        {"cmd", "cmds", 1},     {"cmds", "cmd", 1},
        {"cmd", "cxd", 1},     {"cmd", "cdm", 1},      {"cmd", "CMD", 0},
        {"strat", "start", 1}, {"restart", "rest", 3}, {"kitten", "sitting", 3},
        {"abcd", "badc", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_eq(ph_edit_distance(rows[i].a, rows[i].b), rows[i].distance, "%s and %s: %zu",
                     rows[i].a, rows[i].b, ph_edit_distance(rows[i].a, rows[i].b));
}

Test(nearest, only_the_first_64_letters_count)
{
    char a[101], b[101];
    memset(a, 'a', sizeof a - 1);
    memset(b, 'b', sizeof b - 1);
    a[100] = b[100] = '\0';
    cr_expect_eq(ph_edit_distance(a, b), 64);
    memcpy(b, a, 64);
    cr_expect_eq(ph_edit_distance(a, b), 0);
}

static const char *nearest_of(const char *wanted, const char *const *names)
{
    struct ph_nearest nearest = {0};
    for (; *names; names++)
        ph_nearest_consider(&nearest, wanted, *names);
    return nearest.name ? nearest.name : "(none)";
}

Test(nearest, the_nearest_name_wins_and_of_equals_the_first)
{
    static const char *const names[] = {"working_dir", "cmd", "args", "restart", "start", NULL};
    cr_expect_str_eq(nearest_of("comd", names), "cmd");
    cr_expect_str_eq(nearest_of("strat", names), "start");
    cr_expect_str_eq(nearest_of("WorkingDir", names), "working_dir");
    static const char *const equals[] = {"cat", "bat", NULL};
    cr_expect_str_eq(nearest_of("rat", equals), "cat");
}

Test(nearest, a_name_more_than_a_third_off_is_no_help)
{
    static const char *const names[] = {"cmd", "args", "stop_signal", NULL};
    cr_expect_str_eq(nearest_of("xyzzy", names), "(none)");
    cr_expect_str_eq(nearest_of("", names), "(none)");
    cr_expect_str_eq(nearest_of("stopsig", names), "(none)");
    cr_expect_str_eq(nearest_of("stop_sig", names), "stop_signal");
}

Test(nearest, a_name_of_more_than_64_letters_is_near_to_nothing)
{
    char wanted[66];
    memset(wanted, 'x', sizeof wanted - 1);
    wanted[65] = '\0';
    const char *const names[] = {"cmd", wanted, NULL};
    cr_expect_str_eq(nearest_of(wanted, names), "(none)");
    wanted[64] = '\0';
    cr_expect_str_eq(nearest_of(wanted, names), wanted);

    char huge[1001]; /* whose third would be more than any distance */
    memset(huge, 'x', sizeof huge - 1);
    huge[1000] = '\0';
    cr_expect_str_eq(nearest_of(huge, names), "(none)");
}
