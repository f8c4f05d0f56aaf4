#include <alloc.h>
#include <criterion/criterion.h>
#include <process/mark.h>
#include <string.h>

enum { EPOCH = 0xabc };

#define MARK MARK_VARIABLE "=0000000000000abc."

static bool find(const char *environment, size_t size, uint64_t *serial)
{
    return mark_find(environment, size, EPOCH, serial);
}

Test(mark, what_is_written_is_found)
{
    uint64_t serial = 0;
    ph_cleanup(ph_freep) char *value = mark_format(UINT64_MAX, UINT64_MAX);
    cr_expect_str_eq(value, "ffffffffffffffff.18446744073709551615");
    ph_cleanup(ph_freep) char *entry = ph_format(MARK_VARIABLE "=%s", value);
    cr_expect(mark_find(entry, strlen(entry) + 1, UINT64_MAX, &serial));
    cr_expect_eq(serial, UINT64_MAX);
}

Test(mark, it_may_stand_anywhere_in_the_environment)
{
    uint64_t serial = 0;
    static const char first[] = MARK "1\0A=1", middle[] = "A=1\0\0" MARK "22\0B=2",
                      last[] = "A=1\0" MARK "0";
    cr_expect(find(first, sizeof first, &serial));
    cr_expect_eq(serial, 1);
    cr_expect(find(middle, sizeof middle, &serial));
    cr_expect_eq(serial, 22);
    cr_expect(find(last, sizeof last, &serial));
    cr_expect_eq(serial, 0);
}

Test(mark, what_only_looks_like_one_is_none)
{
    uint64_t serial = 7;
    static const char *const others[] = {
        "",
        "A=" MARK "1",
        "X" MARK "1",
        MARK,
        MARK "x",
        MARK "-1",
        MARK " 1",
        MARK "1x",
        MARK "18446744073709551616",
        MARK_VARIABLE "=0000000000000abd.1",
        MARK_VARIABLE "=abc.1",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect_not(find(others[i], strlen(others[i]) + 1, &serial), "'%s'", others[i]);
    cr_expect_eq(serial, 7);
}

Test(mark, one_that_was_cut_is_none)
{
    uint64_t serial;
    static const char text[] = "A=1\0" MARK "123";
    for (size_t size = 0; size < sizeof text; size++)
        cr_expect_not(find(text, size, &serial), "%zu bytes", size);
    cr_expect(find(text, sizeof text, &serial));
}
