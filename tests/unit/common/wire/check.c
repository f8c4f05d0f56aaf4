#include <alloc.h>
#include <criterion/criterion.h>
#include <string.h>
#include <wire/value.h>

#define BYTES(text) text, sizeof text - 1

static const struct wire_limits limits = {.max_depth = 32, .max_values = 1000};

/* Checks and decodes a copy that ends where its memory ends, so that a sanitizer sees a look
 * behind it. Returns the message of the refusal, which is the same for both, or "". */
static const char *refusal(const void *bytes, size_t size)
{
    static struct ph_error checked, decoded;
    checked = decoded = (struct ph_error){0};
    ph_cleanup(ph_freep) char *copy = ph_calloc(1, size);
    memcpy(copy, bytes, size);
    int outcome = wire_check(copy, size, &limits, &checked);
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode(copy, size, &limits, &decoded);
    cr_expect_eq(message == NULL, outcome < 0);
    cr_expect_str_eq(checked.message, decoded.message);
    if (outcome < 0)
        cr_expect_eq(checked.code, PH_MALFORMED);
    return checked.message;
}

/* Every kind of value that msgpack has, and how it is read. */
static const struct {
    const char *bytes;
    size_t size;
    enum ph_type type;
} values[] = {
    {BYTES("\x00"), PH_INT},
    {BYTES("\x7f"), PH_INT},
    {BYTES("\xe0"), PH_INT},
    {BYTES("\xff"), PH_INT},
    {BYTES("\x80"), PH_MAP},
    {BYTES("\x81\xa1k\x01"), PH_MAP},
    {BYTES("\x90"), PH_ARRAY},
    {BYTES("\x92\x01\x02"), PH_ARRAY},
    {BYTES("\xa0"), PH_STRING},
    {BYTES("\xbf"
           "0123456789012345678901234567890"),
     PH_STRING},
    {BYTES("\xc0"), PH_NIL},
    {BYTES("\xc2"), PH_BOOL},
    {BYTES("\xc3"), PH_BOOL},
    {BYTES("\xc4\x01x"), PH_BINARY},
    {BYTES("\xc5\x00\x01x"), PH_BINARY},
    {BYTES("\xc6\x00\x00\x00\x01x"), PH_BINARY},
    {BYTES("\xc7\x01\x05x"), PH_NIL},
    {BYTES("\xc8\x00\x01\x05x"), PH_NIL},
    {BYTES("\xc9\x00\x00\x00\x01\x05x"), PH_NIL},
    {BYTES("\xca\x3f\x80\x00\x00"), PH_FLOAT},
    {BYTES("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"), PH_FLOAT},
    {BYTES("\xcc\xff"), PH_INT},
    {BYTES("\xcd\xff\xff"), PH_INT},
    {BYTES("\xce\xff\xff\xff\xff"), PH_INT},
    {BYTES("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), PH_INT},
    {BYTES("\xd0\x80"), PH_INT},
    {BYTES("\xd1\x80\x00"), PH_INT},
    {BYTES("\xd2\x80\x00\x00\x00"), PH_INT},
    {BYTES("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), PH_INT},
    {BYTES("\xd4\x05x"), PH_NIL},
    {BYTES("\xd5\x05xx"), PH_NIL},
    {BYTES("\xd6\x05xxxx"), PH_NIL},
    {BYTES("\xd7\x05xxxxxxxx"), PH_NIL},
    {BYTES("\xd8\x05xxxxxxxxxxxxxxxx"), PH_NIL},
    {BYTES("\xd9\x01x"), PH_STRING},
    {BYTES("\xda\x00\x01x"), PH_STRING},
    {BYTES("\xdb\x00\x00\x00\x01x"), PH_STRING},
    {BYTES("\xdc\x00\x01\x01"), PH_ARRAY},
    {BYTES("\xdd\x00\x00\x00\x01\x01"), PH_ARRAY},
    {BYTES("\xde\x00\x01\xa1k\x01"), PH_MAP},
    {BYTES("\xdf\x00\x00\x00\x01\xa1k\x01"), PH_MAP},
};
enum { VALUES = sizeof values / sizeof values[0] };

/* Puts a value into { "a": VALUE, "b": 7 } and returns the size. */
static size_t enclose(char bytes[64], size_t index)
{
    size_t size = values[index].size;
    memcpy(bytes,
           "\x82\xa1"
           "a",
           3);
    memcpy(bytes + 3, values[index].bytes, size);
    memcpy(bytes + 3 + size,
           "\xa1"
           "b\x07",
           3);
    return size + 6;
}

Test(check, every_kind_of_value_is_known)
{
    for (size_t i = 0; i < VALUES; i++) {
        char bytes[64];
        size_t size = enclose(bytes, i);
        ph_cleanup(ph_message_destroy) ph_message_t *message =
            wire_decode(bytes, size, &limits, NULL);
        const ph_value_t *body = ph_message_body(message);
        cr_assert_not_null(body, "value %zu, tag %02x", i, (unsigned char)values[i].bytes[0]);
        cr_expect_eq(ph_value_type(ph_value_get(body, "a")), values[i].type, "value %zu", i);
        cr_expect_eq(ph_value_int(ph_value_get(body, "b"), 0), 7, "value %zu", i);
    }
}

Test(check, every_kind_of_value_is_missed_wherever_it_is_cut)
{
    for (size_t i = 0; i < VALUES; i++) {
        char bytes[64];
        size_t size = enclose(bytes, i);
        for (size_t cut = 1; cut < size; cut++)
            cr_expect_str_eq(refusal(bytes, cut),
                             "the message is not valid msgpack: it ends in the middle of a value",
                             "value %zu cut at %zu", i, cut);
    }
}

Test(check, the_one_byte_that_begins_no_value_is_refused)
{
    cr_expect_str_eq(refusal(BYTES("\x81\xa1"
                                   "a\xc1")),
                     "the message is not valid msgpack: it holds a byte that begins no value");
}

Test(check, a_body_that_is_no_map_is_refused)
{
    cr_expect_str_eq(refusal("", 0), "the message is not a map (0 bytes)");
    for (size_t i = 0; i < VALUES; i++) {
        if (values[i].type == PH_MAP)
            continue;
        ph_cleanup(ph_freep) char *expected =
            ph_format("the message is not a map (%zu bytes)", values[i].size);
        cr_expect_str_eq(refusal(values[i].bytes, values[i].size), expected, "value %zu", i);
    }
}

Test(check, bytes_behind_the_map_are_refused)
{
    cr_expect_str_eq(refusal(BYTES("\x80\x80")), "1 bytes follow the message's map");
    cr_expect_str_eq(refusal(BYTES("\x81\xa1"
                                   "a\x01\x00\x00\x00")),
                     "3 bytes follow the message's map");
}

Test(check, a_count_beyond_what_is_there_is_no_reason_to_allocate)
{
    static const struct {
        const char *bytes;
        size_t size;
    } lies[] = {
        {BYTES("\x8f")},
        {BYTES("\xde\xff\xff")},
        {BYTES("\xdf\xff\xff\xff\xff")},
        {BYTES("\x81\xa1"
               "a\x9f")},
        {BYTES("\x81\xa1"
               "a\xdc\xff\xff")},
        {BYTES("\x81\xa1"
               "a\xdd\xff\xff\xff\xff")},
        {BYTES("\x81\xa1"
               "a\xdf\xff\xff\xff\xff")},
        {BYTES("\x81\xa1"
               "a\xdf\x80\x00\x00\x00")},
        {BYTES("\x81\xa1"
               "a\xc6\xff\xff\xff\xff")},
        {BYTES("\x81\xa1"
               "a\xc9\xff\xff\xff\xff")},
        {BYTES("\x81\xa1"
               "a\xdb\xff\xff\xff\xff")},
    };
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++)
        cr_expect_str_eq(refusal(lies[i].bytes, lies[i].size),
                         "the message is not valid msgpack: it ends in the middle of a value",
                         "lie %zu", i);
}

/* Makes { "a": [[...]] } of `depth` containers, the map included, and returns the size. */
static size_t nest(char bytes[64], unsigned depth, char tag)
{
    memcpy(bytes,
           "\x81\xa1"
           "a",
           3);
    memset(bytes + 3, tag, depth - 1);
    bytes[depth + 1] = (char)0x90; /* the innermost is empty */
    return depth + 2;
}

Test(check, thirty_two_containers_inside_each_other_are_allowed_and_no_more)
{
    char bytes[64];
    size_t size = nest(bytes, 32, (char)0x91);
    cr_expect_str_eq(refusal(bytes, size), "");
    size = nest(bytes, 33, (char)0x91);
    cr_expect_str_eq(refusal(bytes, size),
                     "the message is not valid msgpack: it is nested too deep");
}

Test(check, a_thousand_containers_do_not_use_up_the_stack)
{
    char bytes[2000];
    memset(bytes, 0x91, sizeof bytes);
    memcpy(bytes,
           "\x81\xa1"
           "a",
           3);
    cr_expect_str_eq(refusal(bytes, sizeof bytes),
                     "the message is not valid msgpack: it is nested too deep");
}

Test(check, a_smaller_limit_of_depth_holds)
{
    static const struct wire_limits shallow = {.max_depth = 2, .max_values = 1000};
    struct ph_error err;
    cr_expect_eq(wire_check(BYTES("\x81\xa1"
                                  "a\x91\x01"),
                            &shallow, &err),
                 0);
    cr_expect_eq(wire_check(BYTES("\x81\xa1"
                                  "a\x91\x90"),
                            &shallow, &err),
                 -1);
}

Test(check, values_and_keys_are_counted_together)
{
    struct wire_limits few = {.max_depth = 32, .max_values = 5}; /* the map, two keys and values */
    static const char bytes[] = "\x82\xa1"
                                "a\x01\xa1"
                                "b\x02";
    struct ph_error err;
    cr_expect_eq(wire_check(bytes, sizeof bytes - 1, &few, &err), 0);
    few.max_values = 4;
    cr_expect_eq(wire_check(bytes, sizeof bytes - 1, &few, &err), -1);
    cr_expect_str_eq(err.message, "the message is not valid msgpack: it has too many values");
}
