#include <criterion/criterion.h>
#include <pattern.h>
#include <plughost/plughost.h>
#include <string.h>

static pattern_t *compile(const char *text, const char *group)
{
    struct ph_error err;
    struct pattern_spec spec = {.option = "o", .text = text, .group = group};
    pattern_t *pattern = pattern_new(&spec, &err);
    cr_assert(pattern, "%s", err.message);
    return pattern;
}

static bool fits(const char *pattern, const char *text)
{
    ph_cleanup(pattern_destroy) pattern_t *self = compile(pattern, NULL);
    return pattern_fits(self, text, strlen(text));
}

Test(pattern, the_beginning_of_a_text_must_fit_and_the_rest_need_not)
{
    cr_expect(fits("web", "website"));
    cr_expect_not(fits("site", "website"));
    cr_expect(fits(".*site", "website"));
    cr_expect(fits("web$", "web"));
    cr_expect_not(fits("web$", "website"));
    cr_expect(fits("", "anything"));
    cr_expect_not(fits("Web", "web"));
}

Test(pattern, case_does_not_count_if_so_asked)
{
    struct pattern_spec spec = {.option = "o", .text = "WEB", .ignores_case = true};
    ph_cleanup(pattern_destroy) pattern_t *pattern = pattern_new(&spec, NULL);
    cr_expect(pattern_fits(pattern, "web", 3));
}

Test(pattern, a_group_is_taken_by_its_name_in_either_way_of_writing_it)
{
    char group[8] = "";
    ph_cleanup(pattern_destroy) pattern_t *circus =
        compile("^(?P<pid>.*);(?P<timestamp>.*)$", "pid");
    cr_expect(pattern_take(circus, "123;4.5", 7, group, sizeof group));
    cr_expect_str_eq(group, "123");
    ph_cleanup(pattern_destroy) pattern_t *other = compile("(\\w+) (?<pid>\\d+)?", "pid");
    cr_expect(pattern_take(other, "alive 42", 8, group, sizeof group));
    cr_expect_str_eq(group, "42");
    cr_expect_not(pattern_take(other, "alive x", 7, group, sizeof group), "the group took nothing");
}

Test(pattern, a_group_that_is_too_long_is_cut)
{
    char group[4] = "";
    ph_cleanup(pattern_destroy) pattern_t *pattern = compile("(?P<pid>.*)", "pid");
    cr_expect(pattern_take(pattern, "123456", 6, group, sizeof group));
    cr_expect_str_eq(group, "123");
}

Test(pattern, bytes_that_are_no_text_are_bytes)
{
    char group[8] = "";
    ph_cleanup(pattern_destroy) pattern_t *pattern = compile("^(?P<pid>.*);", "pid");
    cr_expect(pattern_take(pattern, "\xff\0\xfe;x", 5, group, sizeof group));
    cr_expect_eq(memcmp(group, "\xff\0\xfe", 4), 0);
}

Test(pattern, an_expression_that_never_ends_does_not_fit)
{
    char text[41];
    memset(text, 'a', 40);
    text[40] = '\0';
    cr_expect_not(fits("(a+)+(b|c)+$", text));
}

static void expect_refused(const char *text, const char *group, const char *reason)
{
    struct ph_error err;
    struct pattern_spec spec = {.option = "msg_regex", .text = text, .group = group};
    cr_assert_null(pattern_new(&spec, &err));
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_str_eq(err.message, reason);
}

Test(pattern, what_does_not_compile_is_said)
{
    expect_refused(
        "a(b", NULL,
        "option 'msg_regex': 'a(b' does not compile: missing closing parenthesis (at 3)");
    expect_refused("(.*);", "pid", "option 'msg_regex': '(.*);' has no group (?P<pid>...)");
}
