#include <alloc.h>
#include <criterion/criterion.h>
#include <option_check.h>
#include <stdio.h>
#include <string.h>
#include <wire/json.h>

Test(option_check, an_integer_is_read_over_its_whole_range)
{
    int64_t value = 0;
    cr_expect_eq(ph_option_parse_int("n", "-9223372036854775808", &value, NULL), 0);
    cr_expect_eq(value, INT64_MIN);
    cr_expect_eq(ph_option_parse_int("n", "9223372036854775807", &value, NULL), 0);
    cr_expect_eq(value, INT64_MAX);
}

Test(option_check, what_is_no_integer_is_refused_with_option_and_value)
{
    static const char *const texts[] = {"", "x", "1.5", "1x", "9223372036854775808"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ph_error err;
        char expected[100];
        int64_t value = 77;
        snprintf(expected, sizeof expected, "option 'n': '%s' is not an integer", texts[i]);
        cr_expect_eq(ph_option_parse_int("n", texts[i], &value, &err), -1);
        cr_expect_eq(err.code, PH_INVALID);
        cr_expect_str_eq(err.message, expected);
        cr_expect_eq(value, 77, "a failure must leave it as it is");
    }
}

Test(option_check, a_number_is_read)
{
    double value = 0;
    struct ph_error err;
    cr_expect_eq(ph_option_parse_float("f", "-1.5e3", &value, NULL), 0);
    cr_expect_eq(value, -1500);
    cr_expect_eq(ph_option_parse_float("f", "1,5", &value, &err), -1);
    cr_expect_str_eq(err.message, "option 'f': '1,5' is not a number");
    cr_expect_eq(ph_option_parse_float("f", "", &value, &err), -1);
    cr_expect_eq(ph_option_parse_float("f", "1e999", &value, &err), -1);
    cr_expect_eq(value, -1500, "failures leave it as it is");
}

/* A table of texts with the numbers that they are, nil for what is refused. */
static ph_message_t *read_numbers(void)
{
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};
    static char text[1 << 14];
    struct ph_error err = {0};
    FILE *file = fopen(OPTION_NUMBERS, "re");
    cr_assert_not_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    ph_message_t *message = wire_decode_json(text, size, &limits, &err);
    cr_assert_not_null(message, "%s", err.message);
    return message;
}

static void expect_number(const char *text, const ph_value_t *expected, int outcome, double value)
{
    bool is_refused = ph_value_type(expected) == PH_NIL;
    cr_expect_eq(outcome, is_refused ? -1 : 0, "'%s'", text);
    cr_expect_eq(value, ph_value_float(expected, 77), "'%s': %.17g", text, value);
}

/* The tests of the Python package read the same table. */
Test(option_check, numbers_are_what_they_are_in_python)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = read_numbers();
    const ph_value_t *ints = ph_value_get(ph_message_body(message), "int");
    const ph_value_t *floats = ph_value_get(ph_message_body(message), "float");
    cr_assert(ph_value_size(ints) > 0 && ph_value_size(floats) > 0);
    for (size_t i = 0; i < ph_value_size(ints); i++) {
        const ph_value_t *row = ph_value_at(ints, i);
        const char *text = ph_value_string(ph_value_at(row, 0), NULL);
        int64_t value = 77;
        int outcome = ph_option_parse_int("n", text, &value, NULL);
        expect_number(text, ph_value_at(row, 1), outcome, (double)value);
    }
    for (size_t i = 0; i < ph_value_size(floats); i++) {
        const ph_value_t *row = ph_value_at(floats, i);
        const char *text = ph_value_string(ph_value_at(row, 0), NULL);
        double value = 77;
        int outcome = ph_option_parse_float("f", text, &value, NULL);
        expect_number(text, ph_value_at(row, 1), outcome, value);
    }
}

Test(option_check, a_boolean_has_four_pairs_of_words)
{
    static const char *const words[] = {"no", "yes", "false", "TRUE", "Off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        bool value = i % 2 == 0;
        cr_expect_eq(ph_option_parse_bool("b", words[i], &value, NULL), 0);
        cr_expect_eq(value, i % 2 == 1, "%s", words[i]);
    }
}

Test(option_check, what_is_no_boolean_is_refused_with_option_and_value)
{
    struct ph_error err;
    bool value = true;
    cr_expect_eq(ph_option_parse_bool("b", "maybe", &value, &err), -1);
    cr_expect_str_eq(err.message, "option 'b': 'maybe' is neither yes nor no");
    cr_expect(value, "a failure must leave it as it is");
}
