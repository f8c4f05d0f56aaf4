#include <criterion/criterion.h>
#include <process/written.h>

static struct written_list list;

static void tear_down(void)
{
    written_release(&list);
}

TestSuite(written, .fini = tear_down);

static void expect_item(const char *key, const char *value, bool is_set, const char *base)
{
    const struct written *item = written_find(&list, key);
    cr_assert(item, "%s", key);
    cr_expect(value ? item->value && strcmp(item->value, value) == 0 : !item->value, "%s", key);
    cr_expect_eq(item->is_set, is_set, "%s", key);
    cr_expect(base ? item->base && strcmp(item->base, base) == 0 : !item->base, "%s", key);
}

Test(written, what_a_command_sets_keeps_what_the_configuration_says)
{
    written_add(&list, "nice", "1", (struct place){"x.ini", 7});
    written_set(&list, "nice", "2");
    written_set(&list, "nice", "3");
    expect_item("nice", "3", true, "1");
    cr_expect_str_eq(written_find(&list, "nice")->place.file, "x.ini");
    cr_expect_eq(written_find(&list, "nice")->place.line, 7);
}

Test(written, the_value_of_the_configuration_ends_it)
{
    written_add(&list, "nice", "1", NOWHERE);
    written_set(&list, "nice", "2");
    written_set(&list, "nice", "1");
    expect_item("nice", "1", false, NULL);
}

Test(written, what_is_not_in_the_configuration_is_gone_when_it_is_left_out)
{
    written_set(&list, "nice", "2");
    expect_item("nice", "2", true, NULL);
    written_set(&list, "nice", NULL);
    cr_expect_null(written_find(&list, "nice"));
    cr_expect_eq(list.count, 0);
}

Test(written, what_is_in_the_configuration_can_be_left_out)
{
    written_add(&list, "nice", "1", NOWHERE);
    written_set(&list, "nice", NULL);
    expect_item("nice", NULL, true, "1");
    cr_expect_null(written_value(&list, "nice"));
    written_set(&list, "nice", "1");
    expect_item("nice", "1", false, NULL);
}

Test(written, a_key_is_there_once)
{
    written_add(&list, "A", "1", NOWHERE);
    written_add(&list, "B", "2", NOWHERE);
    written_add(&list, "A", "3", NOWHERE);
    cr_expect_eq(list.count, 2);
    cr_expect_str_eq(written_value(&list, "A"), "3");
    cr_expect_str_eq(list.items[0].key, "B");
}

Test(written, a_copy_has_all_of_it)
{
    struct written_list other = {0};
    written_add(&other, "nice", "1", (struct place){"x.ini", 7});
    written_set(&other, "nice", NULL);
    written_set(&other, "umask", "77");
    written_append(&list, &other);
    written_release(&other);
    expect_item("nice", NULL, true, "1");
    expect_item("umask", "77", true, NULL);
    cr_expect_eq(written_find(&list, "nice")->place.line, 7);
}

static void renew(const char *key, const char *value, unsigned line)
{
    struct written_list files = {0};
    written_add(&files, key, value, (struct place){"x.overlay", line});
    written_renew(&list, &files);
    written_release(&files);
}

Test(written, what_the_files_say_by_now_is_set_no_more)
{
    written_add(&list, "nice", "1", (struct place){NULL, 7});
    written_set(&list, "nice", "2");
    written_set(&list, "umask", "77");
    renew("nice", "2", 4);
    expect_item("nice", "2", false, NULL);
    cr_expect_str_eq(written_find(&list, "nice")->place.file, "x.overlay");
    cr_expect_eq(written_find(&list, "nice")->place.line, 4);
    expect_item("umask", "77", true, NULL);
}

Test(written, what_is_set_to_something_else_stays_and_knows_its_new_place)
{
    written_add(&list, "nice", "1", (struct place){"x.overlay", 7});
    written_set(&list, "nice", "2");
    renew("nice", "1", 4);
    expect_item("nice", "2", true, "1");
    cr_expect_eq(written_find(&list, "nice")->place.line, 4);
    renew("nice", "5", 9);
    expect_item("nice", "2", true, "1");
    cr_expect_eq(written_find(&list, "nice")->place.line, 4);
}

Test(written, what_is_left_out_and_gone_from_the_files_is_gone)
{
    written_add(&list, "nice", "1", (struct place){NULL, 7});
    written_set(&list, "nice", NULL);
    renew("umask", "77", 4);
    cr_expect_eq(list.count, 0);
}
