#include <criterion/criterion.h>
#include <float.h>
#include <plughost/plughost.h>

/* { nil, bool: true, int: 5, float: 1.5, text: "t", array: [1], map: { k: "v" }, negative, huge,
 *   small, binary, single } */
static const char sample[] = "\x8c\xa3nil\xc0\xa4"
                             "bool\xc3\xa3int\x05\xa5"
                             "float\xcb\x3f\xf8\0\0\0\0\0\0"
                             "\xa4text\xa1t\xa5"
                             "array\x91\x01\xa3map\x81\xa1k\xa1v"
                             "\xa8negative\xd3\x80\0\0\0\0\0\0\0"
                             "\xa4huge\xcf\xff\xff\xff\xff\xff\xff\xff\xff"
                             "\xa5small\xff\xa6"
                             "binary\xc4\x02\x01\x02\xa6single\xca\x3f\xc0\0\0";

static ph_message_t *message;

static void set_up(void)
{
    message = ph_message_new(sample, sizeof sample - 1, NULL);
    cr_assert_not_null(message);
}

static void tear_down(void)
{
    ph_message_destroy(&message);
}

TestSuite(value, .init = set_up, .fini = tear_down);

static const ph_value_t *get(const char *key)
{
    return ph_value_get(ph_message_body(message), key);
}

Test(value, every_type_is_told)
{
    static const struct {
        const char *key;
        enum ph_type type;
        size_t size;
    } rows[] = {
        {"nil", PH_NIL, 0},     {"bool", PH_BOOL, 0},    {"int", PH_INT, 0},
        {"float", PH_FLOAT, 0}, {"single", PH_FLOAT, 0}, {"text", PH_STRING, 1},
        {"array", PH_ARRAY, 1}, {"map", PH_MAP, 1},      {"negative", PH_INT, 0},
        {"huge", PH_INT, 0},    {"small", PH_INT, 0},    {"binary", PH_BINARY, 2},
        {"absent", PH_NIL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_eq(ph_value_type(get(rows[i].key)), rows[i].type, "%s", rows[i].key);
        cr_expect_eq(ph_value_size(get(rows[i].key)), rows[i].size, "%s", rows[i].key);
    }
}

Test(value, a_value_is_found_wherever_its_key_stands)
{
    cr_expect_str_eq(ph_value_string(ph_value_get(get("map"), "k"), ""), "v");
    cr_expect_not_null(get("nil"), "the first");
    cr_expect_not_null(get("single"), "the last");
    cr_expect_null(get("absent"));
    cr_expect_null(get("singl"));
}

Test(value, readers_of_no_value_return_the_fallback)
{
    const ph_value_t *key = NULL;
    cr_expect_eq(ph_value_type(NULL), PH_NIL);
    cr_expect_null(ph_value_get(NULL, "a"));
    cr_expect_eq(ph_value_size(NULL), 0);
    cr_expect_null(ph_value_at(NULL, 0));
    cr_expect_null(ph_value_entry(NULL, 0, &key));
    cr_expect_null(key);
    cr_expect_str_eq(ph_value_string(NULL, "f"), "f");
    cr_expect_null(ph_value_string(NULL, NULL));
    cr_expect_eq(ph_value_int(NULL, -7), -7);
    cr_expect_eq(ph_value_float(NULL, 2.5), 2.5);
    cr_expect_eq(ph_value_bool(NULL, true), true);
}

Test(value, readers_of_another_type_return_the_fallback)
{
    static const char *const keys[] = {"nil",   "bool", "int",  "float",  "text",
                                       "array", "map",  "huge", "binary", "single"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const ph_value_t *value = get(keys[i]);
        enum ph_type type = ph_value_type(value);
        if (type != PH_STRING && type != PH_BINARY)
            cr_expect_str_eq(ph_value_string(value, "f"), "f", "%s", keys[i]);
        if (type != PH_INT)
            cr_expect_eq(ph_value_int(value, -7), -7, "%s", keys[i]);
        if (type != PH_FLOAT && type != PH_INT)
            cr_expect_eq(ph_value_float(value, 2.5), 2.5, "%s", keys[i]);
        if (type != PH_BOOL)
            cr_expect_eq(ph_value_bool(value, false), false, "%s", keys[i]);
        if (type != PH_MAP)
            cr_expect_null(ph_value_get(value, "k"), "%s", keys[i]);
        if (type != PH_ARRAY)
            cr_expect_null(ph_value_at(value, 0), "%s", keys[i]);
    }
}

Test(value, numbers_are_read_over_their_whole_range)
{
    cr_expect_eq(ph_value_int(get("int"), 0), 5);
    cr_expect_eq(ph_value_int(get("small"), 0), -1);
    cr_expect_eq(ph_value_int(get("negative"), 0), INT64_MIN);
    cr_expect_eq(ph_value_int(get("huge"), 0), INT64_MAX);
    cr_expect_eq(ph_value_float(get("float"), 0), 1.5);
    cr_expect_eq(ph_value_float(get("single"), 0), 1.5);
    cr_expect_eq(ph_value_float(get("int"), 0), 5.0);
    cr_expect_eq(ph_value_float(get("negative"), 0), -9223372036854775808.0);
    cr_expect_eq(ph_value_float(get("huge"), 0), 18446744073709551616.0);
    cr_expect_eq(ph_value_bool(get("bool"), false), true);
}

Test(value, entries_behind_the_end_are_not_there)
{
    const ph_value_t *key = NULL;
    const ph_value_t *map = get("map");
    cr_expect_str_eq(ph_value_string(ph_value_entry(map, 0, &key), ""), "v");
    cr_expect_str_eq(ph_value_string(key, ""), "k");
    cr_expect_null(ph_value_entry(map, 1, &key));
    cr_expect_str_eq(ph_value_string(key, ""), "k", "a failure must leave it as it is");
    cr_expect_eq(ph_value_int(ph_value_at(get("array"), 0), 0), 1);
    cr_expect_null(ph_value_at(get("array"), 1));
    cr_expect_null(ph_value_at(get("array"), (size_t)-1));
}

Test(value, a_key_is_compared_as_a_whole)
{
    cr_expect_null(get("in"));
    cr_expect_null(get("intx"));
    cr_expect_null(get(""));
    cr_expect_null(get("Int"));
}

Test(value, the_first_of_equal_keys_counts)
{
    ph_cleanup(ph_message_destroy) ph_message_t *doubled = ph_message_new("\x83\x01\x09\xa1"
                                                                          "a\x01\xa1"
                                                                          "a\x02",
                                                                          9, NULL);
    cr_expect_eq(ph_value_int(ph_value_get(ph_message_body(doubled), "a"), 0), 1);
}
