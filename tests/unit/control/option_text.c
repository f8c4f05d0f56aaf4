#include <alloc.h>
#include <config/words.h>
#include <control/option_text.h>
#include <criterion/criterion.h>
#include <process/options.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json.h>

/* What becomes of a value that is given as JSON; NULL: it is no value of an option. */
static char *text_of(const char *json)
{
    ph_cleanup(ph_freep) char *map = ph_format("{\"v\":%s}", json);
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 100};
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(map, strlen(map), &limits, NULL);
    cr_assert(message, "%s", json);
    return option_text_of(ph_value_get(ph_message_body(message), "v"));
}

Test(option_text, values_are_written_as_a_configuration_has_them)
{
    static const char *const values[][2] = {
        {"\"a b\"", "a b"},
        {"3", "3"},
        {"-7", "-7"},
        {"0.5", "0.5"},
        {"true", "yes"},
        {"false", "no"},
        {"[\"a b\", 3, \"c\"]", "\"a b\" \"3\" \"c\""},
        {"{\"A\": 1, \"B\": \"x y\"}", "\"A=1\" \"B=x y\""},
        {"[]", ""},
        {"{}", ""},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        ph_cleanup(ph_freep) char *text = text_of(values[i][0]);
        cr_assert(text, "%s", values[i][0]);
        cr_expect_str_eq(text, values[i][1]);
    }
}

Test(option_text, words_are_split_again_as_they_were)
{
    ph_cleanup(ph_freep) char *text = text_of(
        "[\"plain\", \"two words\", \"\", \"a\\\"b\", \"back\\\\slash\", \"it's\", \"$x\"]");
    ph_cleanup(words_destroy) char **words = words_split(text, NULL);
    static const char *const expected[] = {"plain",       "two words", "",   "a\"b",
                                           "back\\slash", "it's",      "$x", NULL};
    cr_assert(words);
    for (size_t i = 0; expected[i]; i++)
        cr_expect_str_eq(words[i], expected[i]);
}

Test(option_text, what_holds_more_is_no_value)
{
    static const char *const values[] = {"null", "[[1]]", "[null]", "{\"A\": {}}", "{\"A\": null}"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        cr_expect_null(text_of(values[i]), "%s", values[i]);
}
