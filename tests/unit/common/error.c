#include <criterion/criterion.h>
#include <errno.h>
#include <plughost/error.h>
#include <stdio.h>
#include <string.h>

enum { MESSAGE_LETTERS = sizeof((struct ph_error *)0)->message - 1 };

/* Says whether the text is whole UTF-8: no character is cut. */
static bool is_whole(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        for (int more = *c >= 0xf0 ? 3 : *c >= 0xe0 ? 2 : *c >= 0xc0 ? 1 : 0; more > 0; more--)
            if ((*++c & 0xc0) != 0x80)
                return false;
    return true;
}

static void fill(char *text, size_t size, const char *letter)
{
    size_t length = 0;
    while (length + strlen(letter) < size) {
        memcpy(text + length, letter, strlen(letter));
        length += strlen(letter);
    }
    text[length] = '\0';
}

Test(error, a_message_is_made_by_the_rules_of_printf)
{
    struct ph_error err;
    memset(&err, 'x', sizeof err);
    cr_expect_eq(ph_error_set(&err, PH_INVALID, "'%s' has %d", "a", 3), -1);
    cr_expect_eq(err.code, PH_INVALID);
    cr_expect_eq(err.sys_errno, 0);
    cr_expect_str_eq(err.message, "'a' has 3");
    cr_expect_str_eq(err.hint, "");
}

Test(error, a_reason_of_no_interest_is_not_filled)
{
    cr_expect_eq(ph_error_set(NULL, PH_INVALID, "x"), -1);
    cr_expect_eq(ph_error_sys(NULL, "x"), -1);
    cr_expect_eq(ph_error_prefix(NULL, "x"), -1);
    cr_expect_eq(ph_error_hint(NULL, "x"), -1);
}

Test(error, a_system_error_ends_with_the_text_of_errno)
{
    struct ph_error err;
    errno = ENOENT;
    cr_expect_eq(ph_error_sys(&err, "cannot open '%s'", "f"), -1);
    cr_expect_eq(err.code, PH_SYSTEM);
    cr_expect_eq(err.sys_errno, ENOENT);
    cr_expect_str_eq(err.message, "cannot open 'f': No such file or directory");
    cr_expect_str_eq(err.hint, "");
}

Test(error, an_errno_that_nobody_knows_is_said_to_be_unknown)
{
    struct ph_error err;
    errno = 99999;
    ph_error_sys(&err, "cannot");
    cr_expect_str_eq(err.message, "cannot: unknown error");
    cr_expect_eq(err.sys_errno, 99999);
}

Test(error, a_prefix_keeps_code_errno_and_hint)
{
    struct ph_error err;
    errno = EACCES;
    ph_error_sys(&err, "cannot open '%s'", "f");
    ph_error_hint(&err, "be root");
    cr_expect_eq(ph_error_prefix(&err, "watcher '%s'", "web"), -1);
    cr_expect_str_eq(err.message, "watcher 'web': cannot open 'f': Permission denied");
    cr_expect_eq(err.code, PH_SYSTEM);
    cr_expect_eq(err.sys_errno, EACCES);
    cr_expect_str_eq(err.hint, "be root");
}

Test(error, a_new_message_clears_the_hint)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "x");
    cr_expect_eq(ph_error_hint(&err, "try %d", 2), -1);
    cr_expect_str_eq(err.hint, "try 2");
    cr_expect_str_eq(err.message, "x");
    ph_error_set(&err, PH_BUSY, "y");
    cr_expect_str_eq(err.hint, "");
}

Test(error, arguments_may_point_into_the_error_itself)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "inner");
    ph_error_hint(&err, "advice");
    ph_error_set(&err, PH_BUSY, "outer <%s> (%s)", err.message, err.hint);
    cr_expect_str_eq(err.message, "outer <inner> (advice)");

    errno = EIO;
    ph_error_sys(&err, "again %s", err.message);
    cr_expect_str_eq(err.message, "again outer <inner> (advice): Input/output error");

    ph_error_set(&err, PH_INVALID, "inner");
    ph_error_prefix(&err, "<%s>", err.message);
    cr_expect_str_eq(err.message, "<inner>: inner");
}

Test(error, a_hint_may_be_made_of_the_hint)
{
    struct ph_error err;
    ph_error_set(&err, PH_INVALID, "x");
    ph_error_hint(&err, "advice");
    ph_error_hint(&err, "better %s", err.hint);
    cr_expect_str_eq(err.hint, "better advice");
}

Test(error, a_long_message_is_cut)
{
    char text[2 * MESSAGE_LETTERS];
    struct ph_error err;
    fill(text, sizeof text, "x");
    ph_error_set(&err, PH_INVALID, "%s", text);
    cr_expect_eq(strlen(err.message), MESSAGE_LETTERS);
    ph_error_prefix(&err, "before");
    cr_expect_eq(strlen(err.message), MESSAGE_LETTERS);
    cr_expect_eq(strncmp(err.message, "before: xxx", 11), 0);
    errno = EIO;
    ph_error_sys(&err, "%s", text);
    cr_expect_eq(strlen(err.message), MESSAGE_LETTERS);
    ph_error_hint(&err, "%s", text);
    cr_expect_eq(strlen(err.hint), sizeof err.hint - 1);
}

Test(error, a_long_prefix_leaves_no_room_for_the_message)
{
    char text[2 * MESSAGE_LETTERS];
    struct ph_error err;
    fill(text, sizeof text, "p");
    ph_error_set(&err, PH_INVALID, "inner");
    ph_error_prefix(&err, "%s", text);
    cr_expect_eq(strlen(err.message), MESSAGE_LETTERS);
    cr_expect_eq(err.message[MESSAGE_LETTERS - 1], 'p');
}

Test(error, a_cut_text_never_ends_in_the_middle_of_a_character)
{
    char text[2 * MESSAGE_LETTERS];
    struct ph_error err;
    fill(text, sizeof text, "\xe2\x82\xac");
    for (int shift = 0; shift < 3; shift++) {
        ph_error_set(&err, PH_INVALID, "%.*s%s", shift, "xx", text);
        cr_expect(is_whole(err.message), "shifted by %d", shift);
        ph_error_hint(&err, "%.*s%s", shift, "xx", text);
        cr_expect(is_whole(err.hint), "hint shifted by %d", shift);
    }
}

Test(error, every_code_has_a_word_that_leads_back_to_it)
{
    for (unsigned code = PH_OK; code <= PH_INTERNAL; code++)
        cr_expect_eq(ph_code_from_name(ph_code_name((enum ph_code)code)), code);
    cr_expect_str_eq(ph_code_name(PH_NOT_FOUND), "not_found");
    cr_expect_str_eq(ph_code_name(PH_UNKNOWN_COMMAND), "unknown_command");
    cr_expect_str_eq(ph_code_name((enum ph_code)99), "internal");
    cr_expect_str_eq(ph_code_name((enum ph_code) - 1), "internal");
}

Test(error, a_word_that_is_not_known_is_an_internal_error)
{
    cr_expect_eq(ph_code_from_name("nonsense"), PH_INTERNAL);
    cr_expect_eq(ph_code_from_name(""), PH_INTERNAL);
    cr_expect_eq(ph_code_from_name(NULL), PH_INTERNAL);
    cr_expect_eq(ph_code_from_name("NOT_FOUND"), PH_INTERNAL);
}
