/* What clients send is nearly always plain, and is read in one pass: here without jansson, which
 * reads the rest. json.c tests that both read the same. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>
#include <wire/json.h>

static const struct wire_limits limits = {.max_depth = 32, .max_values = 1000};

/* The linker puts this in the place of json_loadb (--wrap). */
json_t *no_jansson(const char *text, size_t size, size_t flags,
                   json_error_t *error) __asm__("__wrap_json_loadb");

json_t *no_jansson(const char *text, size_t size, size_t flags, json_error_t *error)
{
    (void)text, (void)size, (void)flags;
    *error = (json_error_t){.text = "left to jansson"};
    return NULL;
}

static ph_writer_t *pack(const char *text, const struct wire_limits *within, struct ph_error *err)
{
    size_t size = strlen(text);
    ph_cleanup(ph_freep) char *exact = ph_calloc(1, size);
    memcpy(exact, text, size);
    return wire_pack_json(exact, size, within, err);
}

static void expect_plain(const char *text, const char *expected)
{
    size_t size;
    struct ph_error err = {0};
    ph_cleanup(ph_writer_destroy) ph_writer_t *packed = pack(text, &limits, &err);
    cr_assert_not_null(packed, "%s: %s", text, err.message);
    const void *data = ph_writer_data(packed, &size);
    ph_cleanup(ph_freep) char *json =
        wire_json_of(wire_slice_of(data, size), WIRE_JSON_COMPACT, &size);
    cr_expect_str_eq(json, expected);
}

static void expect_left(const char *text)
{
    struct ph_error err = {0};
    ph_cleanup(ph_writer_destroy) ph_writer_t *packed = pack(text, &limits, &err);
    cr_expect_null(packed, "%s", text);
    cr_expect(strstr(err.message, "left to jansson"), "%s", err.message);
}

Test(json_plain, every_type_but_fractions_is_read_in_one_pass)
{
    expect_plain("{}", "{}");
    expect_plain("{\"n\":null,\"t\":true,\"f\":false,\"i\":-3,\"s\":\"x\",\"m\":{},\"a\":[]}",
                 "{\"n\":null,\"t\":true,\"f\":false,\"i\":-3,\"s\":\"x\",\"m\":{},\"a\":[]}");
    expect_plain("{\"a\":[[],[1,2],[{\"b\":[true]},\"\"]],\"\":{\"c\":{\"d\":0}}}",
                 "{\"a\":[[],[1,2],[{\"b\":[true]},\"\"]],\"\":{\"c\":{\"d\":0}}}");
    expect_plain("{\"s\":\"\xc3\xa9 \x7f\"}", "{\"s\":\"\xc3\xa9 \x7f\"}");
}

Test(json_plain, blanks_may_stand_between_all_parts)
{
    expect_plain(" \t\r\n{ \"a\" :\n1 ,\t\"b\"\r: [ true , \"x\" ] , \"c\" : { } } \t\r\n",
                 "{\"a\":1,\"b\":[true,\"x\"],\"c\":{}}");
}

Test(json_plain, what_needs_a_second_look_is_left_to_jansson)
{
    static const char *const texts[] = {"{\"a\":1.5}",
                                        "{\"a\":1e3}",
                                        "{\"a\":1E3}",
                                        "{\"a\":\"\\n\"}",
                                        "{\"a\\n\":1}",
                                        "{\"a\":1,\"a\":2}",
                                        "{\"a\":\"\x1f\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\x80\"}",
                                        "{\"a\":00}",
                                        "{\"a\":-}",
                                        "{\"a\":tru}",
                                        "{\"a\":nul",
                                        "{\"a\":1,}",
                                        "{\"a\":[1,]}",
                                        "{\"a\":[1}",
                                        "{\"a\":1]",
                                        "{\"a\" 1}",
                                        "{\"a\":}",
                                        "{\"a\":",
                                        "{\"a\":\"x",
                                        "{\"a\":1}}",
                                        "{} x",
                                        "[1]",
                                        "{\"a\":1 \"b\":2}",
                                        "{\"a\":[1 2]}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_left(texts[i]);
}

Test(json_plain, integers_of_eighteen_digits_are_read)
{
    expect_plain("{\"a\":999999999999999999,\"b\":-999999999999999999,\"c\":0,\"d\":10}",
                 "{\"a\":999999999999999999,\"b\":-999999999999999999,\"c\":0,\"d\":10}");
    expect_left("{\"a\":1000000000000000000}");
    expect_left("{\"a\":-1000000000000000009}");
}

Test(json_plain, keys_shorter_than_64_letters_are_read)
{
    char key[65] = {0};
    memset(key, 'k', sizeof key - 2);
    ph_cleanup(ph_freep) char *longest = ph_format("{\"%s\":1}", key);
    expect_plain(longest, longest);
    key[63] = 'k';
    ph_cleanup(ph_freep) char *longer = ph_format("{\"%s\":1}", key);
    expect_left(longer);
}

static char *map_of(int count)
{
    char *text = ph_strdup("{");
    for (int i = 0; i < count; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s\"k%d\":%d%s", before, i, i, i + 1 < count ? "," : "}");
    }
    return text;
}

Test(json_plain, maps_of_sixteen_keys_are_read)
{
    ph_cleanup(ph_freep) char *most = map_of(16);
    ph_cleanup(ph_freep) char *more = map_of(17);
    expect_plain(most, most);
    expect_left(more);
}

/* Returns containers inside each other, `depth` of them, the outermost map included. */
static char *nest(const char *open, const char *close, unsigned depth)
{
    char *text = ph_strdup("0");
    for (unsigned i = 1; i < depth; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s%s%s", open, before, close);
    }
    ph_cleanup(ph_freep) char *inner = text;
    return ph_format("{\"a\":%s}", inner);
}

Test(json_plain, containers_inside_each_other_are_read_up_to_the_limit)
{
    static const char *const pairs[][2] = {{"[", "]"}, {"{\"a\":", "}"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        ph_cleanup(ph_freep) char *deepest = nest(pairs[i][0], pairs[i][1], 32);
        ph_cleanup(ph_freep) char *deeper = nest(pairs[i][0], pairs[i][1], 33);
        expect_plain(deepest, deepest);
        expect_left(deeper);
    }
}

Test(json_plain, values_and_keys_are_read_up_to_the_limit)
{
    static const struct {
        const char *text;
        size_t values; /* with keys and the map itself */
    } rows[] = {{"{\"a\":1}", 3}, {"{\"a\":[1,2],\"b\":{\"c\":null}}", 9}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire_limits exact = {.max_depth = 32, .max_values = rows[i].values};
        struct wire_limits fewer = {.max_depth = 32, .max_values = rows[i].values - 1};
        ph_cleanup(ph_writer_destroy) ph_writer_t *packed = pack(rows[i].text, &exact, NULL);
        ph_cleanup(ph_writer_destroy) ph_writer_t *refused = pack(rows[i].text, &fewer, NULL);
        cr_expect_not_null(packed, "%s", rows[i].text);
        cr_expect_null(refused, "%s", rows[i].text);
    }
}
