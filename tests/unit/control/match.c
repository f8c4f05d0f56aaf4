#include <alloc.h>
#include <control/match.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static bool fits(const char *method, const char *pattern, const char *name)
{
    struct ph_error err;
    ph_cleanup(match_destroy) match_t *match = match_new(method, pattern, &err);
    cr_assert_not_null(match, "%s", err.message);
    return match_fits(match, name);
}

Test(match, a_simple_pattern_is_the_name_in_any_case)
{
    cr_expect(fits("simple", "WEB", "web"));
    cr_expect_not(fits("simple", "we", "web"));
    cr_expect_not(fits("simple", "w*", "web"));
}

Test(match, a_glob_is_that_of_a_shell_in_any_case)
{
    cr_expect(fits("glob", "W*", "web"));
    cr_expect(fits("glob", "?eb", "Web"));
    cr_expect(fits("glob", "[uvw]eb", "web"));
    cr_expect(fits("glob", "[!a]eb", "web"));
    cr_expect(fits("glob", "*", "plugin:web"));
    cr_expect_not(fits("glob", "eb", "web"));
    cr_expect_not(fits("glob", "w\\*", "w*"), "a backslash is no more than that");
}

Test(match, a_regular_expression_matches_from_the_beginning_on)
{
    cr_expect(fits("regex", "w", "web"));
    cr_expect(fits("regex", "WEB-\\d+$", "web-12"));
    cr_expect(fits("regex", "(?!x)w", "web"));
    cr_expect_not(fits("regex", "eb", "web"));
    cr_expect_not(fits("regex", "we$", "web"));
}

Test(match, an_expression_that_takes_for_ever_matches_nothing, .timeout = 10)
{
    cr_expect_not(
        fits("regex", "(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
    cr_expect_not(fits("glob", "*a*a*a*a*a*a*a*a*a*a*a*a*c",
                       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
}

static void expect_refused(const char *method, const char *pattern, const char *expected,
                           const char *hint)
{
    struct ph_error err = {0};
    ph_cleanup(match_destroy) match_t *match = match_new(method, pattern, &err);
    cr_assert_null(match);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint, hint);
}

Test(match, what_cannot_be_understood_is_refused)
{
    expect_refused("fuzzy", "x", "unknown match method fuzzy", "simple, glob or regex");
    expect_refused("", "x", "unknown match method ", "simple, glob or regex");
    expect_refused("regex", "a(b",
                   "'a(b' is not a regular expression: missing closing parenthesis (behind 3 "
                   "letters)",
                   "");
    ph_cleanup(ph_freep) char *large = ph_calloc(1002, 1);
    memset(large, 'x', 1001);
    expect_refused("regex", large, "the pattern has more than the 1000 letters allowed", "");
}
