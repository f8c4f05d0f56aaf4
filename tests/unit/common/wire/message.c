#include <alloc.h>
#include <criterion/criterion.h>
#include <plughost/plughost.h>
#include <string.h>
#include <wire/value.h>

#define BYTES(text) text, sizeof text - 1

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
