#include <criterion/criterion.h>
#include <process/notify_message.h>
#include <stdlib.h>
#include <string.h>

TestSuite(notify_message, .timeout = 20);

/* Parses a copy that ends where the text does, so that a sanitizer sees what reads on. */
static bool parse(const char *text, size_t size, struct notify_message *message)
{
    char *copy = malloc(size ? size : 1);
    memcpy(copy, text, size);
    bool is_parsed = notify_message_parse(copy, size, message);
    free(copy);
    return is_parsed;
}

static struct notify_message parsed(const char *text)
{
    struct notify_message message;
    cr_assert(parse(text, strlen(text), &message), "%s", text);
    return message;
}

static void expect_nothing(const char *text)
{
    struct notify_message message = parsed(text);
    cr_expect_not(message.is_ready, "%s", text);
    cr_expect_not(message.is_stopping, "%s", text);
    cr_expect_not(message.is_alive, "%s", text);
    cr_expect_not(message.has_status, "%s", text);
}

static void expect_refused(const char *text, size_t size)
{
    struct notify_message message = {.is_stopping = true};
    cr_expect_not(parse(text, size, &message));
    cr_expect(message.is_stopping, "the message was touched");
    cr_expect_not(message.is_ready);
}

Test(notify_message, each_line_says_one_thing)
{
    struct notify_message message = parsed("READY=1\nSTATUS=two words\nMAINPID=1\nWATCHDOG=1\n");
    cr_expect(message.is_ready);
    cr_expect(message.is_alive);
    cr_expect_not(message.is_stopping);
    cr_expect(message.has_status);
    cr_expect_str_eq(message.status, "two words");
    cr_expect(parsed("STOPPING=1").is_stopping);
}

Test(notify_message, the_last_line_needs_no_newline)
{
    cr_expect(parsed("READY=1").is_ready);
    cr_expect(parsed("STATUS=x\nREADY=1").is_ready);
    cr_expect_str_eq(parsed("READY=1\nSTATUS=x").status, "x");
}

Test(notify_message, an_empty_status_is_one_and_the_last_one_holds)
{
    struct notify_message message = parsed("STATUS=a longer one\nSTATUS=\n");
    cr_expect(message.has_status);
    cr_expect_str_eq(message.status, "");
}

Test(notify_message, what_means_nothing_is_passed_over)
{
    static const char *const texts[] = {"",          "\n\n\n",      "READY=0",  "READY=1 ",
                                        " READY=1",  "READY=",      "READY",    "ready=1",
                                        "READY=11",  "READY=1\r\n", "STATUS",   "=1",
                                        "BARRIER=1", "FDSTORE=1",   "=\n=\n==", "\xff\xfe\x01"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_nothing(texts[i]);
}

Test(notify_message, garbage_around_a_line_does_not_hide_it)
{
    cr_expect(parsed("\x01\x02\xff\nREADY=1\n=====\n").is_ready);
}

Test(notify_message, a_nul_at_the_end_is_no_part_of_it)
{
    struct notify_message message;
    cr_assert(parse("READY=1", sizeof "READY=1", &message));
    cr_expect(message.is_ready);
    cr_assert(parse("", 1, &message));
    cr_expect_not(message.is_ready);
}

Test(notify_message, a_nul_elsewhere_makes_it_no_message)
{
    expect_refused("READY=1\n\0STATUS=x", sizeof "READY=1\n\0STATUS=x" - 1);
    expect_refused("\0READY=1", sizeof "\0READY=1" - 1);
    expect_refused("READY=1\0", sizeof "READY=1\0");
}

Test(notify_message, a_status_is_made_printable)
{
    cr_expect_str_eq(parsed("STATUS=a\tb\x1b[31m\xff").status, "a?b?[31m?");
    cr_expect_str_eq(parsed("STATUS=bl\xc3\xa4u").status, "bl\xc3\xa4u");
}

Test(notify_message, a_status_that_is_too_long_is_cut)
{
    char text[NOTIFY_MAX_BYTES + 1] = "STATUS=";
    memset(text + 7, 'x', sizeof text - 8);
    text[sizeof text - 1] = '\0';
    cr_expect_eq(strlen(parsed(text).status), NOTIFY_MAX_STATUS - 1);
    text[7 + NOTIFY_MAX_STATUS - 1] = '\0';
    cr_expect_eq(strlen(parsed(text).status), NOTIFY_MAX_STATUS - 1);
    text[7 + NOTIFY_MAX_STATUS - 2] = '\0';
    cr_expect_eq(strlen(parsed(text).status), NOTIFY_MAX_STATUS - 2);
}

Test(notify_message, a_message_may_have_so_many_bytes_and_no_more)
{
    char text[NOTIFY_MAX_BYTES + 1];
    struct notify_message message;
    memset(text, '\n', sizeof text);
    memcpy(text, "READY=1", 7);
    cr_assert(parse(text, NOTIFY_MAX_BYTES, &message));
    cr_expect(message.is_ready);
    expect_refused(text, NOTIFY_MAX_BYTES + 1);
}
