#include <criterion/criterion.h>
#include <redis_look.h>

static const char info[] = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:12\r\n\r\n"
                           "# Memory\r\nused_memory:1048576\r\nused_memory_human:1.00M\r\n"
                           "mem_fragmentation_ratio:1.25\r\n";

Test(redis_look, a_number_is_found_by_its_whole_name)
{
    double value = -1;
    cr_expect_eq(redis_look_number(info, "uptime_in_seconds", &value), 0);
    cr_expect_float_eq(value, 12, 1e-9);
    cr_expect_eq(redis_look_number(info, "mem_fragmentation_ratio", &value), 0);
    cr_expect_float_eq(value, 1.25, 1e-9);
    cr_expect_eq(redis_look_number(info, "used_memory", &value), 0);
    cr_expect_float_eq(value, 1048576, 1e-9);
}

Test(redis_look, what_is_not_there_or_no_number_is_told)
{
    double value = -1;
    static const char *const names[] = {"memory",   "uptime", "redis_version", "used_memory_human",
                                        "# Server", ""};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cr_expect_eq(redis_look_number(info, names[i], &value), -1, "%s", names[i]);
    cr_expect_eq(redis_look_number("", "x", &value), -1);
    cr_expect_eq(redis_look_number("x:", "x", &value), -1);
    cr_expect_float_eq(value, -1, 1e-9);
}
