#include <alloc.h>
#include <criterion/criterion.h>
#include <msgpack.h>
#include <plughost/plughost.h>
#include <string.h>
#include <wire/writer.h>

/* The counts around which the header of a map or an array changes its length. */
static const uint32_t counts[] = {0, 1, 15, 16, 17, 65535, 65536, 65537};
enum { COUNTS = sizeof counts / sizeof counts[0] };

static size_t header_size(uint32_t count)
{
    return count < 16 ? 1 : count < 65536 ? 3 : 5;
}

static void write_entries(ph_writer_t *writer, uint32_t count, bool is_map)
{
    for (uint32_t i = 0; i < count; i++)
        ph_writer_int(writer, is_map ? "k" : NULL, i);
}

/* msgpack-c, which did not write the headers, reads the bytes. */
static void unpack(const ph_writer_t *writer, msgpack_unpacked *unpacked)
{
    size_t size, used = 0;
    const char *data = ph_writer_data(writer, &size);
    cr_assert_eq(msgpack_unpack_next(unpacked, data, size, &used), MSGPACK_UNPACK_SUCCESS);
    cr_assert_eq(used, size, "%zu of %zu bytes", used, size);
    cr_assert_eq(unpacked->data.type, MSGPACK_OBJECT_MAP);
}

static void expect_numbers(const msgpack_object *object, uint32_t count)
{
    bool is_map = object->type == MSGPACK_OBJECT_MAP;
    cr_assert_eq(is_map ? object->via.map.size : object->via.array.size, count);
    for (uint32_t i = 0; i < count; i++) {
        const msgpack_object *item =
            is_map ? &object->via.map.ptr[i].val : &object->via.array.ptr[i];
        cr_assert_eq(item->via.u64, i);
    }
}

Test(writer, a_map_of_any_size_has_the_shortest_header)
{
    for (size_t i = 0; i < COUNTS; i++) {
        ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
        write_entries(writer, counts[i], true);
        size_t size, entries_size = 0;
        const uint8_t *data = ph_writer_data(writer, &size);
        cr_expect_eq(data[0], counts[i] < 16 ? 0x80 + counts[i] : counts[i] < 65536 ? 0xde : 0xdf);
        msgpack_unpacked unpacked;
        msgpack_unpacked_init(&unpacked);
        unpack(writer, &unpacked);
        expect_numbers(&unpacked.data, counts[i]);
        for (uint32_t n = 0; n < counts[i]; n++)
            entries_size += n < 128 ? 3U : n < 256 ? 4U : n < 65536 ? 5U : 7U; /* with the key */
        cr_expect_eq(size, header_size(counts[i]) + entries_size);
        msgpack_unpacked_destroy(&unpacked);
    }
}

/* Writes { before: 1, inner: <count entries>, after: 2 } and reads it again. */
static void expect_inner(uint32_t count, bool is_map)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_int(writer, "before", 1);
    if (is_map)
        ph_writer_map(writer, "inner");
    else
        ph_writer_array(writer, "inner");
    write_entries(writer, count, is_map);
    ph_writer_end(writer);
    ph_writer_int(writer, "after", 2);

    msgpack_unpacked unpacked;
    msgpack_unpacked_init(&unpacked);
    unpack(writer, &unpacked);
    const msgpack_object_kv *entries = unpacked.data.via.map.ptr;
    cr_assert_eq(unpacked.data.via.map.size, 3);
    cr_expect_eq(entries[0].val.via.u64, 1);
    cr_expect_eq(entries[1].val.type, is_map ? MSGPACK_OBJECT_MAP : MSGPACK_OBJECT_ARRAY);
    expect_numbers(&entries[1].val, count);
    cr_expect_eq(entries[2].val.via.u64, 2);
    msgpack_unpacked_destroy(&unpacked);
}

Test(writer, an_inner_map_may_have_any_size)
{
    for (size_t i = 0; i < COUNTS; i++)
        expect_inner(counts[i], true);
}

Test(writer, an_inner_array_may_have_any_size)
{
    for (size_t i = 0; i < COUNTS; i++)
        expect_inner(counts[i], false);
}

Test(writer, containers_inside_containers_keep_their_content)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_array(writer, "rows");
    for (int row = 0; row < 20; row++) {
        ph_writer_map(writer, NULL);
        ph_writer_array(writer, "cells");
        for (int cell = 0; cell < row; cell++)
            ph_writer_int(writer, NULL, 100 * row + cell);
        ph_writer_end(writer);
        ph_writer_end(writer);
    }
    ph_writer_end(writer);

    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    const ph_value_t *rows = ph_value_get(ph_message_body(message), "rows");
    cr_assert_eq(ph_value_size(rows), 20);
    for (size_t row = 0; row < 20; row++) {
        const ph_value_t *cells = ph_value_get(ph_value_at(rows, row), "cells");
        cr_expect_eq(ph_value_size(cells), row);
        for (size_t cell = 0; cell < row; cell++)
            cr_expect_eq(ph_value_int(ph_value_at(cells, cell), -1), (int64_t)(100 * row + cell));
    }
}

Test(writer, thirty_two_containers_inside_each_other_can_be_written_and_read)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    for (int i = 1; i < 32; i++)
        ph_writer_map(writer, "m");
    for (int i = 1; i < 32; i++)
        ph_writer_end(writer);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    cr_expect_not_null(message);
}

/* As JSON, which shows value and type at once. */
static void expect_json(const ph_writer_t *writer, const char *expected)
{
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, expected);
}

Test(writer, every_type_comes_back_as_it_went)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_nil(writer, "nil");
    ph_writer_bool(writer, "yes", true);
    ph_writer_bool(writer, "no", false);
    ph_writer_int(writer, "min", INT64_MIN);
    ph_writer_int(writer, "max", INT64_MAX);
    ph_writer_float(writer, "float", -1.5);
    ph_writer_string(writer, "string", "s");
    ph_writer_string(writer, "none", NULL);
    ph_writer_text(writer, "text", "a\0b", 3);
    ph_writer_binary(writer, "binary", "bin", 3);
    ph_writer_format(writer, "format", "%d/%s", 1, "x");
    expect_json(writer, "{\"nil\":null,\"yes\":true,\"no\":false,\"min\":-9223372036854775808,"
                        "\"max\":9223372036854775807,\"float\":-1.5,\"string\":\"s\","
                        "\"none\":null,\"text\":\"a\\u0000b\",\"binary\":\"bin\","
                        "\"format\":\"1/x\"}");
}

Test(writer, a_long_text_comes_back_whole)
{
    static char text[70001];
    memset(text, 'x', sizeof text - 1);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_string(writer, "text", text);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_message_body(message), "text"), ""), text);
}

Test(writer, a_value_of_a_message_can_be_written_again)
{
    static const char bytes[] = "\x81\xa1"
                                "v\x82\xa1"
                                "a\x92\x01\xc3\xa1"
                                "b\xc0";
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        ph_message_new(bytes, sizeof bytes - 1, NULL);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_value(writer, "copy", ph_value_get(ph_message_body(message), "v"));
    ph_writer_value(writer, "none", NULL);
    expect_json(writer, "{\"copy\":{\"a\":[1,true],\"b\":null},\"none\":null}");
}

Test(writer, merging_adds_the_entries_of_another_map)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *other = ph_writer_new();
    ph_writer_int(other, "b", 2);
    ph_writer_int(other, "c", 3);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_int(writer, "a", 1);
    ph_writer_merge(writer, other);
    ph_writer_merge(writer, NULL);
    ph_writer_map(writer, "inner");
    ph_writer_merge(writer, other);
    ph_writer_end(writer);
    ph_writer_int(writer, "d", 4);
    expect_json(writer, "{\"a\":1,\"b\":2,\"c\":3,\"inner\":{\"b\":2,\"c\":3},\"d\":4}");
    expect_json(other, "{\"b\":2,\"c\":3}");
}

Test(writer, merging_many_entries_makes_a_longer_header)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *other = ph_writer_new();
    write_entries(other, 40000, true);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_merge(writer, other);
    ph_writer_merge(writer, other);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    cr_expect_eq(ph_value_size(ph_message_body(message)), 80000);
}

Test(writer, the_bytes_can_be_looked_at_while_it_grows)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    expect_json(writer, "{}");
    ph_writer_int(writer, "a", 1);
    expect_json(writer, "{\"a\":1}");
    write_entries(writer, 15, true);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    cr_expect_eq(ph_value_size(ph_message_body(message)), 16);
}

Test(writer, its_memory_doubles_when_it_is_full_or_is_as_large_as_it_must)
{
    enum { FIRST = 256 };
    char text[3 * FIRST] = {0};
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    size_t empty = wire_writer_held_bytes(writer);
    ph_writer_text(writer, "k", text, FIRST / 2);
    cr_expect_eq(wire_writer_held_bytes(writer), empty);
    ph_writer_text(writer, "k", text, FIRST / 2);
    cr_expect_eq(wire_writer_held_bytes(writer) - empty, FIRST);

    ph_cleanup(ph_writer_destroy) ph_writer_t *large = ph_writer_new();
    ph_writer_text(large, "k", text, sizeof text);
    size_t size;
    ph_writer_data(large, &size);
    enum { UNUSED_HEADER = 4 }; /* a small map needs one byte of five */
    cr_expect_eq(wire_writer_held_bytes(large) - empty, size + UNUSED_HEADER - FIRST);
}

Test(writer, what_is_cleared_keeps_its_memory_unless_that_is_large)
{
    enum { KEPT = 65536 };
    ph_cleanup(ph_freep) char *text = ph_calloc(1, KEPT);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    size_t empty = wire_writer_held_bytes(writer);
    ph_writer_text(writer, "k", text, KEPT / 2);
    size_t held = wire_writer_held_bytes(writer);
    ph_writer_clear(writer);
    cr_expect_eq(wire_writer_held_bytes(writer), held);
    ph_writer_text(writer, "k", text, KEPT);
    ph_writer_clear(writer);
    cr_expect_eq(wire_writer_held_bytes(writer), empty);
    ph_writer_int(writer, "n", 1);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    cr_expect(size == 4 && memcmp(data, "\x81\xa1n\x01", size) == 0);
}

Test(writer, what_was_cleared_is_filled_anew_even_if_a_container_was_open)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_int(writer, "a", 1);
    ph_writer_array(writer, "open");
    ph_writer_int(writer, NULL, 2);
    ph_writer_clear(writer);
    expect_json(writer, "{}");
    ph_writer_int(writer, "b", 3);
    expect_json(writer, "{\"b\":3}");
}

Test(writer, encoded_values_and_entries_are_written_as_they_are)
{
    static const char map[] = "\x82\xa1x\x92\x02\x03\xa1y\xc0";
    struct wire_slice slice = wire_slice_of(map, sizeof map - 1);
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_int(writer, "a", 1);
    wire_write_entries(writer, slice);
    wire_write_entries(writer, (struct wire_slice){0});
    wire_write_slice(writer, "m", slice);
    wire_write_slice(writer, "none", (struct wire_slice){0});
    expect_json(writer, "{\"a\":1,\"x\":[2,3],\"y\":null,\"m\":{\"x\":[2,3],\"y\":null},"
                        "\"none\":null}");
}

Test(writer, destroying_takes_no_writer_too)
{
    ph_writer_t *none = NULL;
    ph_writer_destroy(&none);
    ph_writer_t *writer = ph_writer_new();
    ph_writer_destroy(&writer);
    cr_expect_null(writer);
}
