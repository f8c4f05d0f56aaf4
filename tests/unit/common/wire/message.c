#include <alloc.h>
#include <criterion/criterion.h>
#include <plughost/plughost.h>
#include <string.h>
#include <wire/value.h>

#define BYTES(text) text, sizeof(text) - 1

Test(message, the_bytes_are_copied)
{
    char bytes[] = "\x81\xa1"
                   "a\xa2hi";
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        ph_message_new(bytes, sizeof bytes - 1, NULL);
    memset(bytes, 0xc1, sizeof bytes);
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_message_body(message), "a"), ""), "hi");
}

Test(message, every_text_ends_with_a_nul)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        ph_message_new(BYTES("\x84\xa1"
                             "a\xa2hi\xa1"
                             "b\xc4\x02yo\xa1"
                             "c\x92\xa1x\xa1y\xa1"
                             "d\x81\xa1k\xa1v"),
                       NULL);
    const ph_value_t *body = ph_message_body(message);
    const ph_value_t *array = ph_value_get(body, "c");
    const ph_value_t *key = NULL;
    cr_expect_str_eq(ph_value_string(ph_value_get(body, "a"), ""), "hi");
    cr_expect_str_eq(ph_value_string(ph_value_get(body, "b"), ""), "yo");
    cr_expect_str_eq(ph_value_string(ph_value_at(array, 0), ""), "x");
    cr_expect_str_eq(ph_value_string(ph_value_at(array, 1), ""), "y");
    cr_expect_str_eq(ph_value_string(ph_value_entry(ph_value_get(body, "d"), 0, &key), ""), "v");
    cr_expect_str_eq(ph_value_string(key, ""), "k");
    cr_expect_str_eq(ph_value_string((ph_value_entry(body, 3, &key), key), ""), "d");
}

Test(message, a_text_at_the_very_end_ends_with_a_nul_too)
{
    ph_cleanup(ph_freep) char *exact = ph_calloc(1, 5);
    memcpy(exact,
           "\x81\xa1"
           "a\xa1z",
           5);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(exact, 5, NULL);
    cr_expect_str_eq(ph_value_string(ph_value_get(ph_message_body(message), "a"), ""), "z");
}

Test(message, a_text_may_hold_nuls_of_its_own)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(BYTES("\x81\xa1"
                                                                                "a\xa3x\0y"),
                                                                          NULL);
    const ph_value_t *text = ph_value_get(ph_message_body(message), "a");
    cr_expect_eq(ph_value_size(text), 3);
    cr_expect_arr_eq(ph_value_string(text, ""), "x\0y", 4);
}

Test(message, the_memory_that_it_takes_grows_with_bytes_and_values)
{
    enum { VALUE_BYTES = 24 };
    ph_cleanup(ph_message_destroy) ph_message_t *none = ph_message_new(BYTES("\x80"), NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *one = ph_message_new(BYTES("\x81\xa1"
                                                                            "a\xa2hi"),
                                                                      NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *list = ph_message_new(BYTES("\x81\xa1"
                                                                             "a\x92\xc0\xc0"),
                                                                       NULL);
    size_t least = wire_message_held_bytes(none);
    cr_expect_eq(wire_message_held_bytes(one) - least, 5 + 2 * VALUE_BYTES);
    cr_expect_eq(wire_message_held_bytes(list) - least, 5 + 4 * VALUE_BYTES);
}

Test(message, containers_that_are_empty_are_one_value_each)
{
    enum { VALUE_BYTES = 24 };
    ph_cleanup(ph_message_destroy) ph_message_t *nil = ph_message_new(BYTES("\x81\xa1"
                                                                            "a\xc0"),
                                                                      NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *map = ph_message_new(BYTES("\x81\xa1"
                                                                            "a\x80"),
                                                                      NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *maps = ph_message_new(BYTES("\x81\xa1"
                                                                             "a\x91\x81\xc0\x90"),
                                                                       NULL);
    size_t one = wire_message_held_bytes(nil);
    cr_expect_eq(wire_message_held_bytes(map), one);
    cr_expect_eq(wire_message_held_bytes(maps) - one, 3 + 3 * VALUE_BYTES);
}

/* ---- the room of the objects ---- */

static size_t chunk_size;

/* The linker puts the first in the place of msgpack_zone_init (--wrap), which is the second. */
bool note_chunk(msgpack_zone *zone, size_t size) __asm__("__wrap_msgpack_zone_init");
bool zone_init(msgpack_zone *zone, size_t size) __asm__("__real_msgpack_zone_init");

bool note_chunk(msgpack_zone *zone, size_t size)
{
    chunk_size = size;
    return zone_init(zone, size);
}

/* Returns how much room a message of so many bytes gets for its objects. */
static size_t room_of(uint16_t size)
{
    ph_cleanup(ph_freep) char *bytes = ph_calloc(1, size);
    memcpy(bytes, "\x81\xa0\xc5", 3); /* one binary value, with a length of two bytes */
    bytes[3] = (char)((size - 5) >> 8);
    bytes[4] = (char)((size - 5) & 0xff);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(bytes, size, NULL);
    cr_assert_not_null(message, "%u bytes", size);
    return chunk_size;
}

Test(message, the_room_for_its_values_is_four_times_its_size_within_bounds)
{
    cr_expect_eq(room_of(5), 256);
    cr_expect_eq(room_of(64), 256);
    cr_expect_eq(room_of(65), 260);
    cr_expect_eq(room_of(1000), 4000);
    cr_expect_eq(room_of(2048), 8192);
    cr_expect_eq(room_of(2049), 8192);
    cr_expect_eq(room_of(60000), 8192);
}

/* ---- what is none ---- */

Test(message, thirty_two_containers_inside_each_other_are_read_and_no_more)
{
    char bytes[66];
    for (size_t at = 0; at < sizeof bytes; at += 2)
        memcpy(bytes + at, "\x81\xa0", 2); /* a map, and its key: the value is the next */
    struct ph_error err = {0};
    bytes[62] = (char)0x80;
    ph_cleanup(ph_message_destroy) ph_message_t *deepest = ph_message_new(bytes, 63, &err);
    cr_expect_not_null(deepest, "%s", err.message);
    memcpy(bytes + 62, "\x81\xa0\x80", 3);
    ph_cleanup(ph_message_destroy) ph_message_t *deeper = ph_message_new(bytes, 65, &err);
    cr_expect_null(deeper);
    cr_expect_eq(err.code, PH_MALFORMED);
    cr_expect(strstr(err.message, "deep"), "%s", err.message);
}

Test(message, what_is_no_message_gives_the_reason)
{
    struct ph_error err;
    cr_expect_null(ph_message_new(BYTES("\x93\x01\x02\x03"), &err));
    cr_expect_eq(err.code, PH_MALFORMED);
    cr_expect_str_eq(err.message, "the message is not a map (4 bytes)");
    cr_expect_null(ph_message_new("", 0, NULL));
}

Test(message, no_message_has_no_body)
{
    ph_message_t *none = NULL;
    cr_expect_null(ph_message_body(none));
    ph_message_destroy(&none);
}

Test(message, destroying_sets_the_pointer_to_null)
{
    ph_message_t *message = ph_message_new("\x80", 1, NULL);
    cr_assert_not_null(message);
    ph_message_destroy(&message);
    cr_expect_null(message);
}
