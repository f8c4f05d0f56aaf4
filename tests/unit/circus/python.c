#include <alloc.h>
#include <circus/python.h>
#include <criterion/criterion.h>

static void expect_text(const char *text, const char *expected)
{
    ph_cleanup(ph_freep) char *made = python_repr_text(text);
    cr_expect_str_eq(made, expected);
}

static void expect_bytes(const char *data, size_t size, size_t max, const char *expected)
{
    ph_cleanup(ph_freep) char *made = python_repr_bytes(data, size, max);
    cr_expect_str_eq(made, expected);
}

Test(circus_python, a_text_is_quoted_as_repr_does)
{
    expect_text("", "''");
    expect_text("web", "'web'");
    expect_text("it's", "\"it's\"");
    expect_text("\"", "'\"'");
    expect_text("'\"", "'\\'\"'");
    expect_text("a\\b\n\r\t\x01\x7f", "'a\\\\b\\n\\r\\t\\x01\\x7f'");
    expect_text("\xc3\xa9", "'\xc3\xa9'");
}

Test(circus_python, bytes_are_quoted_as_repr_does_and_cut)
{
    expect_bytes("{\"a\": 1}", 8, 100, "b'{\"a\": 1}'");
    expect_bytes("\0\xc3\xa9'", 4, 100, "b\"\\x00\\xc3\\xa9'\"");
    expect_bytes("abcdef", 6, 3, "b'abc...'");
    expect_bytes("abc", 3, 3, "b'abc'");
    expect_bytes("", 0, 3, "b''");
}
