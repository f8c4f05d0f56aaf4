#include <criterion/criterion.h>
#include <lower.h>

Test(lower, ascii_letters_become_small_and_all_else_stays)
{
    char text[] = "Web-1 \xc3\x84@[Z";
    cr_expect_eq(ph_lower(text), text);
    cr_expect_str_eq(text, "web-1 \xc3\x84@[z");
}
