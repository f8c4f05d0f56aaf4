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
