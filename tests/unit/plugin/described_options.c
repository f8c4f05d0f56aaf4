#include <alloc.h>
#include <criterion/criterion.h>
#include <option_check.h>
#include <plugin/described_options.h>
#include <stdio.h>
#include <string.h>
#include <wire/json.h>

TestSuite(described_options, .timeout = 20);

/* The table for one option "x", of which `json` says the rest, checks a value. */
static int check(const char *json, const char *value, struct ph_error *err)
{
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 100};
    char list[300];
    snprintf(list, sizeof list, "{\"list\": [{\"name\": \"x\"%s}]}", json);
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(list, strlen(list), &limits, err);
    cr_assert_not_null(message, "%s", list);
    ph_cleanup(described_options_destroy) struct ph_option *table =
        described_options_new(ph_value_get(ph_message_body(message), "list"));
    cr_assert_not_null(table);
    return ph_option_check(table, "x", value, err);
}

Test(described_options, each_type_is_understood)
{
    static const char *const rows[][4] = {
        {"int", "1", "1.5", "option 'x': '1.5' is not an integer"},
        {"float", "1.5", "one", "option 'x': 'one' is not a number"},
        {"bool", "off", "2", "option 'x': '2' is neither yes nor no"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char json[100];
        struct ph_error err = {0};
        snprintf(json, sizeof json, ", \"type\": \"%s\"", rows[i][0]);
        cr_expect_eq(check(json, rows[i][1], &err), 0, "%s", err.message);
        cr_expect_eq(check(json, rows[i][2], &err), -1, "%s", json);
        cr_expect_str_eq(err.message, rows[i][3]);
    }
}

Test(described_options, a_range_may_have_one_side)
{
    struct ph_error err = {0};
    cr_expect_eq(check(", \"type\": \"int\", \"max\": 0", "-5", &err), 0);
    cr_expect_eq(check(", \"type\": \"int\", \"max\": 0", "1", &err), -1);
    cr_expect_str_eq(err.message, "option 'x': '1' is more than 0");
    cr_expect_eq(check(", \"type\": \"float\", \"min\": 0.5", "0.4", &err), -1);
    cr_expect_str_eq(err.message, "option 'x': '0.4' is less than 0.5");
    cr_expect_eq(check(", \"type\": \"float\", \"min\": 0.5", "1e9", &err), 0);
}

Test(described_options, what_is_described_wrongly_counts_as_any_text)
{
    static const char *const rows[] = {
        ", \"type\": 3",
        ", \"type\": \"colour\"",
        ", \"type\": \"choice\"",
        ", \"type\": \"choice\", \"choices\": [1, null]",
        ", \"type\": \"int\", \"min\": \"a\", \"max\": []",
        ", \"choices\": [\"a\"], \"required\": \"yes\"",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ph_error err = {0};
        cr_expect_eq(check(rows[i], "7", &err), 0, "%s: %s", rows[i], err.message);
        cr_expect_eq(check(rows[i], NULL, &err), 0, "%s: %s", rows[i], err.message);
    }
}

Test(described_options, who_describes_nothing_accepts_everything)
{
    cr_expect_null(described_options_new(NULL));
    cr_expect_eq(ph_option_check(NULL, "x", "y", NULL), 0);
    cr_expect_eq(ph_option_check(NULL, "x", NULL, NULL), 0);
}
