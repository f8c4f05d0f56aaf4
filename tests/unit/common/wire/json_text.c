#include <alloc.h>
#include <criterion/criterion.h>
#include <float.h>
#include <jansson.h>
#include <math.h>
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
    ph_cleanup(ph_freep) char *made = text->data;
    cr_expect_str_eq(made, expected);
    cr_expect_eq(strlen(made), text->size);
}

/* A client gets its own id back, whatever number that is. */
static void expect_read_back(double number)
{
    struct json_text text = {0};
    json_text_real(&text, number);
    ph_cleanup(ph_freep) char *made = text.data;
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

Test(json_text, strings_are_those_of_jansson_in_both_styles)
{
    char all[129] = {0};
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    const char *const texts[] = {"",
                                 "plain",
                                 all,
                                 "\xc3\xa9t\xc3\xa9",
                                 "\xe2\x82\xac",
                                 "\xf0\x9f\x98\x80 and more",
                                 "\xf4\x8f\xbf\xbf",
                                 "\xef\xbf\xbf"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        for (int is_python = 0; is_python < 2; is_python++) {
            struct json_text text = {.is_python = is_python};
            json_text_string(&text, texts[i], strlen(texts[i]));
            expect_same(&text, json_string(texts[i]));
        }
}

Test(json_text, a_nul_is_a_letter)
{
    struct json_text text = {0};
    json_text_string(&text, "a\0b", 3);
    expect_same(&text, json_stringn("a\0b", 3));
}

Test(json_text, it_grows_with_what_is_added)
{
    struct json_text text = {0};
    ph_cleanup(ph_freep) char *large = ph_calloc(1, 100001);
    memset(large, 'x', 100000);
    for (int i = 0; i < 3; i++)
        json_text_add(&text, large, 100000);
    cr_expect_eq(text.size, 300000);
    cr_expect_eq(strlen(text.data), 300000);
    free(text.data);
}
