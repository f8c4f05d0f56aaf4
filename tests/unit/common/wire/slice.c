#include <alloc.h>
#include <criterion/criterion.h>
#include <string.h>
#include <wire/writer.h>

TestSuite(slice, .timeout = 30);

#define SLICE(bytes) wire_slice_of(bytes, sizeof(bytes) - 1)

Test(slice, integers_of_every_width_have_their_values)
{
    static const struct {
        const char *bytes;
        size_t size;
        int64_t value;
    } cases[] = {
        {"\x00", 1, 0},
        {"\x7f", 1, 127},
        {"\xff", 1, -1},
        {"\xe0", 1, -32},
        {"\xcc\xff", 2, 255},
        {"\xcd\xff\xff", 3, 65535},
        {"\xce\xff\xff\xff\xff", 5, 4294967295},
        {"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX},
        {"\xcf\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MAX},
        {"\xd0\x80", 2, INT8_MIN},
        {"\xd1\x80\x00", 3, INT16_MIN},
        {"\xd2\x80\x00\x00\x00", 5, INT32_MIN},
        {"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", 9, INT64_MIN},
        {"\xd3\x7f\xff\xff\xff\xff\xff\xff\xff", 9, INT64_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_slice slice = wire_slice_of(cases[i].bytes, cases[i].size);
        cr_expect_eq(slice.size, cases[i].size, "case %zu", i);
        cr_expect_eq(wire_slice_type(slice), PH_INT, "case %zu", i);
        cr_expect_eq(wire_slice_int(slice, 7), cases[i].value, "case %zu", i);
    }
}

Test(slice, what_is_no_integer_is_the_fallback)
{
    cr_expect_eq(wire_slice_int(SLICE("\xc0"), 7), 7);
    cr_expect_eq(wire_slice_int(SLICE("\xca\x00\x00\x00\x00"), 7), 7);
    cr_expect_eq(wire_slice_int((struct wire_slice){0}, 7), 7);
}

Test(slice, every_value_ends_where_it_ends)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum ph_type type;
    } cases[] = {
        {"\xc0", 1, PH_NIL},
        {"\xc2", 1, PH_BOOL},
        {"\xc3", 1, PH_BOOL},
        {"\xa1x", 2, PH_STRING},
        {"\xd9\x01x", 3, PH_STRING},
        {"\xda\x00\x01x", 4, PH_STRING},
        {"\xdb\x00\x00\x00\x01x", 6, PH_STRING},
        {"\xc4\x01x", 3, PH_BINARY},
        {"\xc5\x00\x01x", 4, PH_BINARY},
        {"\xc6\x00\x00\x00\x01x", 6, PH_BINARY},
        {"\xca\x00\x00\x00\x00", 5, PH_FLOAT},
        {"\xcb\x00\x00\x00\x00\x00\x00\x00\x00", 9, PH_FLOAT},
        {"\xd4\x01x", 3, PH_NIL},
        {"\xd5\x01xx", 4, PH_NIL},
        {"\xc7\x02\x01xx", 5, PH_NIL},
        {"\xc8\x00\x02\x01xx", 6, PH_NIL},
        {"\xc9\x00\x00\x00\x02\x01xx", 8, PH_NIL},
        {"\x92\x01\xa1x", 4, PH_ARRAY},
        {"\xdc\x00\x01\x01", 4, PH_ARRAY},
        {"\xdd\x00\x00\x00\x01\x01", 6, PH_ARRAY},
        {"\x81\xa1x\x91\x02", 5, PH_MAP},
        {"\xde\x00\x01\xa1x\x02", 6, PH_MAP},
        {"\xdf\x00\x00\x00\x01\xa1x\x02", 8, PH_MAP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_slice slice = wire_slice_of(cases[i].bytes, cases[i].size);
        cr_expect_eq(slice.size, cases[i].size, "case %zu", i);
        cr_expect_eq(wire_slice_type(slice), cases[i].type, "case %zu", i);
    }
}

Test(slice, no_bytes_are_no_value)
{
    struct wire_slice none = wire_slice_of("", 0);
    size_t size;
    cr_expect_null(none.at);
    cr_expect_eq(wire_slice_type(none), PH_NIL);
    cr_expect_null(wire_slice_text(none, &size));
    cr_expect_null(wire_slice_get(none, "a").at);
}

Test(slice, of_equal_keys_the_first_counts)
{
    struct wire_slice map = SLICE("\x83\xa1"
                                  "a\x01\xa1"
                                  "a\x02\xa2"
                                  "ab\x03");
    cr_expect_eq(wire_slice_int(wire_slice_get(map, "a"), 0), 1);
    cr_expect_eq(wire_slice_int(wire_slice_get(map, "ab"), 0), 3);
    cr_expect_null(wire_slice_get(map, "b").at);
    cr_expect_null(wire_slice_get(map, "").at);
}

Test(slice, only_a_text_is_a_key)
{
    struct wire_slice map = SLICE("\x81\xc4\x01"
                                  "a\x01");
    cr_expect_null(wire_slice_get(map, "a").at);
}

Test(slice, a_value_is_a_text_if_it_has_its_length_and_its_bytes)
{
    cr_expect(wire_slice_is(SLICE("\xa2hi"), "hi"));
    cr_expect(wire_slice_is(SLICE("\xa0"), ""));
    cr_expect_not(wire_slice_is(SLICE("\xa2hi"), "ho"));
    cr_expect_not(wire_slice_is(SLICE("\xa2hi"), "ha"));
    cr_expect_not(wire_slice_is(SLICE("\xa2hi"), "h"));
    cr_expect_not(wire_slice_is(SLICE("\xa2hi"), "hi!"));
    cr_expect_not(wire_slice_is(SLICE("\x05"), "5"));
    cr_expect_not(wire_slice_is((struct wire_slice){0}, ""));
}

Test(slice, a_walk_visits_keys_and_values_in_turns)
{
    struct wire_slice value;
    struct wire_walk walk = wire_walk(SLICE("\x82\x01\x02\x03\x04"));
    for (int i = 1; i <= 4; i++) {
        cr_assert(wire_walk_next(&walk, &value));
        cr_expect_eq(wire_slice_int(value, 0), i);
    }
    cr_expect_not(wire_walk_next(&walk, &value));
    walk = wire_walk(SLICE("\xa1x"));
    cr_expect_not(wire_walk_next(&walk, &value), "a text holds nothing");
}

Test(slice, entries_are_added_to_an_open_map)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_int(writer, "before", 1);
    wire_write_entries(writer, SLICE("\x81\xa1x\x92\x02\x03"));
    ph_writer_int(writer, "behind", 4);
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, "{\"before\":1,\"x\":[2,3],\"behind\":4}");
}

/* A name that only begins like a key, and goes on behind a NUL. */
Test(slice, a_nul_within_a_name_makes_it_another_name)
{
    static const char map[] = "\x82\xa5"
                              "id\0xx\x01\xa2"
                              "id\x02";
    struct wire_slice slice = wire_slice_of(map, sizeof map - 1);
    cr_expect_eq(wire_slice_int(wire_slice_get(slice, "id"), 0), 2);
}
