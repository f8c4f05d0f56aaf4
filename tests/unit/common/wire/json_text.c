#include <alloc.h>
#include <criterion/criterion.h>
#include <float.h>
#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wire/json_text.h>

/* What jansson makes of a value; takes it. */
static char *by_jansson(json_t *json, bool is_python)
{
    size_t flags = is_python ? JSON_ENSURE_ASCII : JSON_COMPACT;
    char *text = json_dumps(json, flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(16));
    json_decref(json);
    return text;
}

static void expect_same(struct json_text *text, json_t *json)
{
    ph_cleanup(ph_freep) char *expected = by_jansson(json, text->is_python);
    ph_cleanup(ph_freep) char *made = json_text_end(text, '\0');
    cr_expect_str_eq(made, expected);
    cr_expect_eq(strlen(made), text->size);
}

/* A client gets its own id back, whatever number that is. */
static void expect_read_back(double number)
{
    struct json_text text = {0};
    json_text_real(&text, number);
    ph_cleanup(ph_freep) char *made = json_text_end(&text, '\0');
    json_t *json = json_loads(made, JSON_DECODE_ANY, NULL);
    cr_expect(json_is_real(json), "%s", made);
    double read = json_real_value(json);
    cr_expect_eq(memcmp(&read, &number, sizeof read), 0, "%s", made);
    json_decref(json);
}

Test(json_text, numbers_are_read_back_as_they_were)
{
    static const double numbers[] = {0,
                                     -0.0,
                                     1,
                                     -1,
                                     0.1,
                                     1.5,
                                     1e15,
                                     1e16,
                                     1e17,
                                     1e-4,
                                     1e-5,
                                     1e-7,
                                     1e100,
                                     1e300,
                                     12345.678,
                                     DBL_MAX,
                                     DBL_MIN,
                                     4.9e-324,
                                     1700000000.123456,
                                     -2.5e-10,
                                     0.30000000000000004};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        expect_read_back(numbers[i]);
    static const int64_t integers[] = {0, 1, -1, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        struct json_text text = {0};
        json_text_integer(&text, integers[i]);
        expect_same(&text, json_integer(integers[i]));
    }
}

Test(json_text, numbers_of_any_size_are_read_back_as_they_were)
{
    srandom(7);
    for (int i = 0; i < 2000; i++) {
        double number = ldexp((double)random() - 1e9, (int)(random() % 600) - 300);
        expect_read_back(number);
    }
}

static char *real_as_text(double number)
{
    struct json_text text = {0};
    json_text_real(&text, number);
    return json_text_end(&text, '\0');
}

static void expect_real(double number, const char *expected)
{
    ph_cleanup(ph_freep) char *made = real_as_text(number);
    cr_expect_str_eq(made, expected);
}

/* What Python's repr says. */
Test(json_text, numbers_are_written_as_python_does)
{
    expect_real(0, "0.0");
    expect_real(-0.0, "-0.0");
    expect_real(-1.5, "-1.5");
    expect_real(1.0 / 3, "0.3333333333333333");
    expect_real(1700000000.123456, "1700000000.123456");
    expect_real(9006904627.268131, "9006904627.268131");
    expect_real(1e15, "1000000000000000.0");
    expect_real(1e16, "1e+16");
    expect_real(0.0001, "0.0001");
    expect_real(0.00012345678901, "0.00012345678901");
    expect_real(1e-5, "1e-05");
    expect_real(1.5e-7, "1.5e-07");
    expect_real(12345678901234567.0, "1.2345678901234568e+16");
    expect_real(DBL_MAX, "1.7976931348623157e+308");
    expect_real(4.9e-324, "5e-324");
    expect_real(0.30000000000000004, "0.30000000000000004");
}

/* A program that shows numbers to people may have set another point than JSON's. */
Test(json_text, the_point_is_no_matter_of_the_locale)
{
    char folder[] = "/tmp/plughost-locale-XXXXXX";
    cr_assert_not_null(mkdtemp(folder));
    ph_cleanup(ph_freep) char *make =
        ph_format("cd %s && printf 'LC_NUMERIC\\ndecimal_point \",\"\\nthousands_sep \"\"\\n"
                  "grouping -1\\nEND LC_NUMERIC\\n' > source && "
                  "localedef -c -i ./source ./comma_XX > /dev/null 2>&1",
                  folder);
    ph_cleanup(ph_freep) char *clean = ph_format("rm -r %s", folder);
    (void)!system(make); /* it warns of what the locale has not */
    setenv("LOCPATH", folder, 1);
    cr_expect_not_null(setlocale(LC_NUMERIC, "comma_XX"));
    cr_expect_eq(system(clean), 0);
    char shown[8];
    snprintf(shown, sizeof shown, "%.1f", 1.5);
    cr_expect_str_eq(shown, "1,5");
    expect_real(-1.5, "-1.5");
    expect_real(1.0 / 3, "0.3333333333333333");
    expect_real(1.5e-7, "1.5e-07");
    expect_real(2e20, "2e+20");
}

static void expect_string(bool is_python, const char *text, const char *expected)
{
    struct json_text made = {.is_python = is_python};
    json_text_string(&made, text, strlen(text));
    ph_cleanup(ph_freep) char *data = json_text_end(&made, '\0');
    cr_expect_str_eq(data, expected);
}

/* What json.dumps of Python says, and jansson. */
Test(json_text, strings_are_those_of_python_and_of_jansson)
{
    static const char *const texts[][2] = {
        {"\x7f", "\"\\u007f\""},
        {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"\"\\/\b\f\n\r\t", "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {"\xc3\xa9\xe2\x82\xac", "\"\\u00e9\\u20ac\""},
        {"\xf0\x9f\x98\x80 ~", "\"\\ud83d\\ude00 ~\""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_string(true, texts[i][0], texts[i][1]);
    char all[129] = {0};
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    const char *const same[] = {"",
                                "plain",
                                all,
                                "\xc3\xa9t\xc3\xa9",
                                "\xe2\x82\xac",
                                "\xf0\x9f\x98\x80 and more",
                                "\xf4\x8f\xbf\xbf",
                                "\xef\xbf\xbf"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        struct json_text text = {0};
        json_text_string(&text, same[i], strlen(same[i]));
        expect_same(&text, json_string(same[i]));
    }
}

Test(json_text, a_nul_is_a_letter)
{
    struct json_text text = {0};
    json_text_string(&text, "a\0b", 3);
    expect_same(&text, json_stringn("a\0b", 3));
}

/* They are copied eight bytes at a time as long as all of them are plain. */
Test(json_text, a_letter_is_written_alike_wherever_it_stands)
{
    enum { LENGTH = 20 };
    for (int c = 1; c < 0x80; c++) {
        for (size_t at = 0; at < LENGTH; at++) {
            char text[LENGTH + 1] = "aaaaaaaaaaaaaaaaaaaa";
            text[at] = (char)c;
            struct json_text made = {0};
            json_text_string(&made, text, LENGTH);
            expect_same(&made, json_string(text));
        }
    }
}

Test(json_text, it_grows_with_what_is_added)
{
    struct json_text text = {0};
    ph_cleanup(ph_freep) char *large = ph_calloc(1, 100001);
    memset(large, 'x', 100000);
    for (int i = 0; i < 3; i++)
        json_text_add(&text, large, 100000);
    cr_expect_eq(text.size, 300000);
    cr_expect_eq(strlen(json_text_end(&text, '\0')), 300000);
    free(text.data);
}
