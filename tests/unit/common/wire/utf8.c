#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <wire/utf8.h>

#define BYTES(text) text, sizeof text - 1

Test(utf8, the_first_and_the_last_character_of_each_length_are_known)
{
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"\x01", 1},
        {"\x7f", 1},
        {"\xc2\x80", 2},
        {"\xdf\xbf", 2},
        {"\xe0\xa0\x80", 3},
        {"\xed\x9f\xbf", 3},
        {"\xee\x80\x80", 3},
        {"\xef\xbf\xbf", 3},
        {"\xf0\x90\x80\x80", 4},
        {"\xf4\x8f\xbf\xbf", 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(wire_utf8_length(rows[i].text, strlen(rows[i].text)), rows[i].length,
                     "row %zu", i);
        cr_expect(wire_is_utf8(rows[i].text, strlen(rows[i].text)), "row %zu", i);
    }
}

Test(utf8, what_is_no_character_has_no_length)
{
    static const char *const rows[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xc3(",
        "\xe2\x82(",
        "\xf0\x9f\x98(",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(wire_utf8_length(rows[i], strlen(rows[i])), 0, "row %zu", i);
        cr_expect_not(wire_is_utf8(rows[i], strlen(rows[i])), "row %zu", i);
    }
}

Test(utf8, a_character_that_is_cut_has_no_length)
{
    static const char euro[] = "\xe2\x82\xac";
    cr_expect_eq(wire_utf8_length(euro, 1), 0);
    cr_expect_eq(wire_utf8_length(euro, 2), 0);
    cr_expect_eq(wire_utf8_length(euro, 3), 3);
    cr_expect_eq(wire_utf8_length("\xc3", 1), 0);
}

Test(utf8, a_text_is_checked_as_a_whole)
{
    cr_expect(wire_is_utf8("", 0));
    cr_expect(wire_is_utf8(BYTES("a\0b \xc3\xa9 \xf0\x9f\x98\x80")));
    cr_expect_not(wire_is_utf8(BYTES("ab\xc3")));
    cr_expect_not(wire_is_utf8(BYTES("\xff"
                                     "ab")));
}

Test(utf8, a_mended_text_has_a_question_mark_for_each_byte_that_cannot_be_shown)
{
    static const struct {
        const char *text, *mended;
    } rows[] = {
        {"", ""},
        {"plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"a\nb\rc\td\033e\177f\001", "a?b?c?d?e?f?"},
        {"\xc2\x80 \xc2\x9b[2J \xc2\x9f", "?? ??[2J ??"}, /* which steer terminals too */
        {"\xc2\xa0 \xc4\x80", "\xc2\xa0 \xc4\x80"},
        {"cut \xc3", "cut ?"},
        {"cut \xe2\x82", "cut ??"},
        {"\xe2\x82 in between", "?? in between"},
        {"\xff\xc0\x80\xed\xa0\x80", "??????"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s", rows[i].text);
        ph_text_mend(text);
        cr_expect_str_eq(text, rows[i].mended, "row %zu: '%s'", i, text);
    }
}
