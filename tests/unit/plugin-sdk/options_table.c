#include <criterion/criterion.h>
#include <options_table.h>
#include <plughost/plughost.h>
#include <string.h>

static const char *const colours[] = {"red", "green", NULL};

static const struct ph_option table[] = {
    {.name = "level", .type = PH_OPTION_INT, .fallback = "3", .min = 1, .max = 9},
    {.name = "ratio", .type = PH_OPTION_FLOAT, .min = -1, .max = 0.5},
    {.name = "fast", .type = PH_OPTION_BOOL},
    {.name = "colour", .type = PH_OPTION_CHOICE, .choices = colours},
    {.name = "file", .type = PH_OPTION_TEXT, .is_required = true, .text = "Where to write."},
    {0},
};

/* Checks one value beside the one that is required. */
static int check(const char *name, const char *value, struct ph_error *err)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_string(writer, "file", "x");
    ph_writer_string(writer, name, value);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return options_table_check_values(table, ph_message_body(message), err);
}

Test(options_table, values_that_fit_are_taken)
{
    static const char *const good[][2] = {
        {"level", "1"},  {"level", "9"},    {"ratio", "-1"},     {"ratio", "0.5"},
        {"fast", "yes"}, {"colour", "RED"}, {"colour", "green"}, {"file", ""},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        cr_expect_eq(check(good[i][0], good[i][1], NULL), 0, "%s", good[i][1]);
}

Test(options_table, a_value_that_does_not_fit_is_refused_with_what_would)
{
    static const char *const bad[][3] = {
        {"level", "x", "option 'level': 'x' is not an integer"},
        {"level", "0", "option 'level': '0' is not within 1 to 9"},
        {"level", "10", "option 'level': '10' is not within 1 to 9"},
        {"ratio", "0.6", "option 'ratio': '0.6' is not within -1 to 0.5"},
        {"ratio", "nan", "option 'ratio': 'nan' is not a number"},
        {"fast", "maybe", "option 'fast': 'maybe' is neither yes nor no"},
        {"colour", "blue", "option 'colour': 'blue' is none of: red, green"},
        {"levle", "1", "option 'levle' is not known"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct ph_error err = {0};
        cr_expect_eq(check(bad[i][0], bad[i][1], &err), -1);
        cr_expect_eq(err.code, PH_INVALID);
        cr_expect_str_eq(err.message, bad[i][2]);
    }
}

Test(options_table, what_is_near_is_named)
{
    struct ph_error err = {0};
    check("levle", "1", &err);
    cr_expect_str_eq(err.hint, "did you mean 'level'?");
    check("colour", "gren", &err);
    cr_expect_str_eq(err.hint, "did you mean 'green'?");
}

Test(options_table, what_is_required_must_be_there)
{
    struct ph_error err = {0};
    cr_expect_eq(options_table_check_values(table, NULL, &err), -1);
    cr_expect_str_eq(err.message, "option 'file' is missing: Where to write.");
}

Test(options_table, without_a_table_everything_is_taken)
{
    cr_expect_eq(options_table_check(NULL, NULL), 0);
    cr_expect_eq(options_table_check_values(NULL, NULL, NULL), 0);
    cr_expect_null(options_table_fallback(NULL, "x"));
}

Test(options_table, it_tells_the_fallback)
{
    cr_expect_eq(options_table_check(table, NULL), 0);
    cr_expect_str_eq(options_table_fallback(table, "level"), "3");
    cr_expect_null(options_table_fallback(table, "file"));
    cr_expect_null(options_table_fallback(table, "unknown"));
}

static void expect_wrong(const struct ph_option *wrong, const char *message)
{
    struct ph_error err = {0};
    cr_expect_eq(options_table_check(wrong, &err), -1);
    cr_expect(strstr(err.message, "the module's table of options is wrong: ") == err.message);
    cr_expect(strstr(err.message, message), "%s", err.message);
}

Test(options_table, a_mistake_in_the_table_is_told)
{
    static const struct ph_option twice[] = {{.name = "a"}, {.name = "a"}, {0}};
    static const struct ph_option range[] = {{.name = "a", .min = 2, .max = 1}, {0}};
    static const struct ph_option choices[] = {{.name = "a", .type = PH_OPTION_CHOICE}, {0}};
    static const struct ph_option fallback[] = {
        {.name = "a", .type = PH_OPTION_INT, .fallback = "x"}, {0}};
    static const struct ph_option empty[] = {{.name = ""}, {0}};
    expect_wrong(twice, "option 'a' is there twice");
    expect_wrong(range, "option 'a': min is more than max");
    expect_wrong(choices, "option 'a' has no choices");
    expect_wrong(fallback, "the fallback does not fit: option 'a': 'x' is not an integer");
    expect_wrong(empty, "an option has an empty name");
}
