#include <alloc.h>
#include <criterion/criterion.h>
#include <math.h>
#include <plughost/plughost.h>
#include <string.h>
#include <wire/json.h>
#include <wire/writer.h>

static void write_odd_values(ph_writer_t *writer)
{
    ph_writer_nil(writer, "nil");
    ph_writer_bool(writer, "yes", true);
    ph_writer_bool(writer, "no", false);
    ph_writer_int(writer, "least", INT64_MIN);
    ph_writer_int(writer, "most", INT64_MAX);
    ph_writer_float(writer, "time", 1700000000.123456);
    ph_writer_float(writer, "tiny", 5e-324);
    ph_writer_float(writer, "infinite", -HUGE_VAL);
    ph_writer_float(writer, "none", nan(""));
    ph_writer_string(writer, "absent", NULL);
    ph_writer_string(writer, "quoted \"key\"", "a\nb\x01 \xff \xe4\xb8\xad");
    ph_writer_text(writer, "with a NUL", "a\0b", 3);
    ph_writer_binary(writer, "bytes", "\x80z", 2);
    ph_writer_format(writer, "made", "%d of %d", 1, 2);
}

static void write_containers(ph_writer_t *writer)
{
    ph_writer_map(writer, "empty");
    ph_writer_end(writer);
    ph_writer_array(writer, "items");
    ph_writer_int(writer, NULL, 1);
    ph_writer_array(writer, NULL);
    ph_writer_end(writer);
    ph_writer_map(writer, NULL);
    write_odd_values(writer);
    ph_writer_end(writer);
    ph_writer_string(writer, NULL, "last");
    ph_writer_end(writer);
}

/* Entries that were encoded before. */
static void write_encoded(ph_writer_t *writer)
{
    size_t size;
    struct ph_error err;
    ph_cleanup(ph_writer_destroy) ph_writer_t *other = ph_writer_new();
    ph_cleanup(ph_writer_destroy) ph_writer_t *nothing = ph_writer_new();
    write_odd_values(other);
    const void *data = ph_writer_data(other, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, &err);
    ph_writer_map(writer, "merged");
    ph_writer_merge(writer, nothing);
    ph_writer_merge(writer, NULL);
    ph_writer_merge(writer, other);
    ph_writer_end(writer);
    ph_writer_map(writer, "entries");
    ph_writer_int(writer, "before", 0);
    wire_write_entries(writer, wire_slice_of(data, size));
    ph_writer_int(writer, "after", 1);
    ph_writer_end(writer);
    wire_write_slice(writer, "slice", wire_slice_of(data, size));
    wire_write_slice(writer, "no slice", (struct wire_slice){0});
    ph_writer_value(writer, "value", ph_message_body(message));
    ph_writer_value(writer, "no value", NULL);
}

/* What is JSON from the beginning is what is made of the same in msgpack. */
static void expect_same(void (*write)(ph_writer_t *writer))
{
    size_t packed_size, size, expected_size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *packed = ph_writer_new();
    ph_cleanup(ph_writer_destroy) ph_writer_t *json = wire_writer_new_json();
    write(packed);
    write(json);
    const void *data = ph_writer_data(packed, &packed_size);
    ph_cleanup(ph_freep) char *expected =
        wire_json_of(wire_slice_of(data, packed_size), WIRE_JSON_COMPACT, &expected_size);
    const char *text = ph_writer_data(json, &size);
    cr_expect_eq(size, expected_size, "%.*s, not %s", (int)size, text, expected);
    cr_expect_arr_eq(text, expected, size);
}

static void write_nothing(ph_writer_t *writer)
{
    (void)writer;
}

Test(writer_json, it_is_what_is_made_of_msgpack)
{
    expect_same(write_nothing);
    expect_same(write_odd_values);
    expect_same(write_containers);
    expect_same(write_encoded);
}

static void expect_text(const ph_writer_t *writer, const char *expected)
{
    size_t size;
    const char *text = ph_writer_data(writer, &size);
    cr_expect(size == strlen(expected) && memcmp(text, expected, size) == 0, "%.*s", (int)size,
              text);
}

Test(writer_json, entries_that_are_json_are_merged_as_they_are)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *reply = wire_writer_new_json();
    ph_cleanup(ph_writer_destroy) ph_writer_t *fields = wire_writer_new_as(reply);
    ph_writer_merge(reply, fields);
    expect_text(reply, "{}");
    ph_writer_int(fields, "a", 1);
    ph_writer_merge(reply, fields);
    ph_writer_int(fields, "b", 2);
    ph_writer_merge(reply, fields);
    ph_writer_int(reply, "c", 3);
    expect_text(reply, "{\"a\":1,\"a\":1,\"b\":2,\"c\":3}");
}

Test(writer_json, one_that_was_cleared_is_filled_anew)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = wire_writer_new_json();
    size_t empty = wire_writer_held_bytes(writer);
    ph_writer_array(writer, "open");
    for (int i = 0; i < 100000; i++)
        ph_writer_int(writer, NULL, i);
    cr_expect_gt(wire_writer_held_bytes(writer), empty + 500000);
    ph_writer_clear(writer);
    cr_expect_eq(wire_writer_held_bytes(writer), empty);
    ph_writer_int(writer, "a", 1);
    expect_text(writer, "{\"a\":1}");
}

Test(writer_json, its_data_can_be_looked_at_while_it_grows)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = wire_writer_new_json();
    size_t size;
    for (int i = 0; i < 2000; i++) {
        ph_writer_int(writer, "n", 7);
        const char *text = ph_writer_data(writer, &size);
        cr_assert(text[size - 1] == '}' && text[size - 2] == '7');
    }
}
