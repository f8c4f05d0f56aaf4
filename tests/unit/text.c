#include <alloc.h>
#include <criterion/criterion.h>
#include <text.h>

Test(text, a_missing_one_is_like_no_other)
{
    char copy[] = "a";
    cr_expect(text_is_same("a", copy));
    cr_expect(text_is_same(NULL, NULL));
    cr_expect_not(text_is_same("a", "A"));
    cr_expect_not(text_is_same("", NULL));
    cr_expect_not(text_is_same(NULL, ""));
}

Test(text, items_of_a_list_are_parted)
{
    ph_cleanup(ph_freep) char *list = NULL;
    text_append(&list, ", ", "a");
    cr_expect_str_eq(list, "a");
    text_append(&list, ", ", "");
    text_append(&list, ", ", "b c");
    cr_expect_str_eq(list, "a, , b c");
}
