#include <criterion/criterion.h>
#include <process/limits.h>

static void expect_limit(const char *name, const char *text, int resource, rlim_t soft, rlim_t hard)
{
    struct limit limit = {0};
    struct ph_error err = {0};
    cr_expect_eq(limit_parse(name, text, &limit, &err), 0, "%s", err.message);
    cr_expect_eq(limit.resource, resource, "'%s'", text);
    cr_expect_eq(limit.value.rlim_cur, soft, "'%s'", text);
    cr_expect_eq(limit.value.rlim_max, hard, "'%s'", text);
}

/* Returns the error, which stays until the next one. */
static const struct ph_error *refusal(const char *name, const char *text)
{
    static struct ph_error err;
    struct limit limit = {.resource = -7};
    err = (struct ph_error){0};
    cr_expect_eq(limit_parse(name, text, &limit, &err), -1, "'%s'", text);
    cr_expect_eq(limit.resource, -7);
    return &err;
}

Test(limits, one_number_is_both_limits)
{
    expect_limit("nofile", "1024", RLIMIT_NOFILE, 1024, 1024);
    expect_limit("NPROC", "0", RLIMIT_NPROC, 0, 0);
    expect_limit("as", "18446744073709551614", RLIMIT_AS, RLIM_INFINITY - 1, RLIM_INFINITY - 1);
}

Test(limits, nothing_and_words_for_it_mean_no_limit)
{
    expect_limit("core", "", RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY);
    expect_limit("core", "unlimited", RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY);
    expect_limit("core", "Infinity", RLIMIT_CORE, RLIM_INFINITY, RLIM_INFINITY);
}

Test(limits, two_parts_are_the_soft_and_the_hard_limit)
{
    expect_limit("cpu", "10:20", RLIMIT_CPU, 10, 20);
    expect_limit("cpu", "10:", RLIMIT_CPU, 10, RLIM_INFINITY);
    expect_limit("cpu", "10:unlimited", RLIMIT_CPU, 10, RLIM_INFINITY);
}

Test(limits, what_is_no_limit_is_refused)
{
    static const char *const texts[] = {
        "many", "-1", "+1", " 1", "1 ", "0x10", "1k", "1:2:3", "18446744073709551616",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        cr_expect_eq(refusal("stack", texts[i])->code, PH_INVALID, "'%s'", texts[i]);
    cr_expect_str_eq(refusal("Stack", "many")->message,
                     "the limit 'stack' cannot be 'many': it takes a number, unlimited, or "
                     "SOFT:HARD");
}

Test(limits, a_soft_limit_above_the_hard_one_is_refused)
{
    cr_expect_str_eq(refusal("nofile", "20:10")->message,
                     "the limit 'nofile' cannot be '20:10': the first is more than the second");
    cr_expect_eq(refusal("nofile", ":10")->code, PH_INVALID);
}

Test(limits, an_unknown_one_is_named_with_the_nearest_there_is)
{
    const struct ph_error *err = refusal("nofiles", "1");
    cr_expect_eq(err->code, PH_NOT_FOUND);
    cr_expect_str_eq(err->message, "there is no limit 'nofiles'");
    cr_expect_str_eq(err->hint, "did you mean 'nofile'?");
    cr_expect_str_eq(refusal("", "1")->hint, "");
}

Test(limits, every_resource_of_the_system_has_a_name_that_leads_back_to_it)
{
    for (int i = 0; i < (int)RLIM_NLIMITS; i++)
        expect_limit(limit_name(i), "1", i, 1, 1);
    cr_expect_str_eq(limit_name(-1), "an unknown resource");
}
