#include <alloc.h>
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>
#include <wire/json.h>

#define BYTES(text) text, sizeof text - 1

static const struct wire_limits limits = {.max_depth = 32, .max_values = 100};

/* ---- JSON to msgpack ---- */

static ph_message_t *decode(const char *text, struct ph_error *err)
{
    size_t size = strlen(text);
    ph_cleanup(ph_freep) char *exact = ph_calloc(1, size);
    memcpy(exact, text, size);
    return wire_decode_json(exact, size, &limits, err);
}

/* Reads JSON and writes it again. */
static void expect_round(const char *text, const char *expected)
{
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *message = decode(text, &err);
    cr_assert_not_null(message, "%s: %s", text, err.message);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, expected);
}

static void expect_refused(const char *text, const char *expected)
{
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *message = decode(text, &err);
    cr_expect_null(message, "%s", text);
    cr_expect_eq(err.code, PH_MALFORMED);
    cr_expect_str_eq(err.message, expected);
}

Test(json, every_type_is_read)
{
    expect_round("{}", "{}");
    expect_round(" \t\r\n{ \"a\" : [ ] , \"b\" : { } }\n", "{\"a\":[],\"b\":{}}");
    expect_round("{\"n\":null,\"t\":true,\"f\":false,\"i\":-3,\"d\":1.25,\"s\":\"x\"}",
                 "{\"n\":null,\"t\":true,\"f\":false,\"i\":-3,\"d\":1.25,\"s\":\"x\"}");
}

Test(json, escapes_are_read)
{
    expect_round("{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9\\ud83d\\ude00\"}",
                 "{\"s\":\"\\\"\\\\/\\b\\f\\n\\r\\tA\xc3\xa9\xf0\x9f\x98\x80\"}");
    expect_round("{\"\\u0061\":1}", "{\"a\":1}");
}

Test(json, a_text_may_hold_a_nul)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = decode("{\"s\":\"x\\u0000y\"}", NULL);
    const ph_value_t *text = ph_value_get(ph_message_body(message), "s");
    cr_expect_eq(ph_value_size(text), 3);
    cr_expect_arr_eq(ph_value_string(text, ""), "x\0y", 4);
    expect_round("{\"s\":\"x\\u0000y\"}", "{\"s\":\"x\\u0000y\"}");
}

Test(json, integers_are_read_over_their_whole_range)
{
    expect_round("{\"a\":9223372036854775807,\"b\":-9223372036854775808}",
                 "{\"a\":9223372036854775807,\"b\":-9223372036854775808}");
    expect_refused("{\"a\":9223372036854775808}",
                   "the message is not valid JSON: too big integer near '9223372036854775808' "
                   "(line 1, column 24)");
    expect_refused("{\"a\":1e999}", "the message is not valid JSON: real number overflow near "
                                    "'1e999' (line 1, column 10)");
}

Test(json, equal_keys_are_refused)
{
    expect_refused("{\"a\":1,\"a\":2}", "the message is not valid JSON: duplicate object key near "
                                        "'\"a\"' (line 1, column 10)");
}

Test(json, what_is_no_json_is_refused_with_the_place)
{
    expect_refused("{", "the message is not valid JSON: string or '}' expected near end of file "
                        "(line 1, column 1)");
    expect_refused("{\n\"a\":x}",
                   "the message is not valid JSON: invalid token near 'x' (line 2, column 5)");
    expect_refused("{} {}", "the message is not valid JSON: end of file expected near '{' "
                            "(line 1, column 4)");
    expect_refused("{\"a\":NaN}",
                   "the message is not valid JSON: invalid token near 'NaN' (line 1, column 8)");
    expect_refused("{\"a\":\"\xff\"}", "the message is not valid JSON: unable to decode byte 0xff "
                                       "near '\"' (line 1, column 6)");
    expect_refused("{\"a\\u0000b\":1}", "the message is not valid JSON: NUL byte in object key not "
                                        "supported near '\"a\\u0000b\"' (line 1, column 11)");
}

/* What jansson alone makes of a text; NULL for what it refuses. */
static char *by_jansson(const char *text, size_t size)
{
    json_t *json = json_loadb(text, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    char *made = json ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return made;
}

/* As jansson, which chooses other digits for fractions, writes what we read. */
static char *by_ours(const char *text, size_t size)
{
    size_t packed_size, made_size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *packed = wire_pack_json(text, size, &limits, NULL);
    if (!packed)
        return NULL;
    const void *data = ph_writer_data(packed, &packed_size);
    ph_cleanup(ph_freep) char *made =
        wire_json_of(wire_slice_of(data, packed_size), WIRE_JSON_COMPACT, &made_size);
    return by_jansson(made, made_size);
}

static void expect_as_jansson(const char *text, size_t size)
{
    ph_cleanup(ph_freep) char *exact = ph_calloc(1, size + 1);
    memcpy(exact, text, size);
    ph_cleanup(ph_freep) char *expected = by_jansson(exact, size);
    ph_cleanup(ph_freep) char *made = by_ours(exact, size);
    cr_expect((made != NULL) == (expected != NULL), "%s: %s, not %s", exact,
              made ? made : "refused", expected ? expected : "refused");
    if (made && expected)
        cr_expect_str_eq(made, expected);
}

/* Clients send plain texts; what is nearly plain must be read, or refused, as jansson does. */
Test(json, a_text_with_any_byte_changed_is_read_as_jansson_reads_it)
{
    static const char *const texts[] = {
        "{\"command\":\"status\",\"id\":12,\"properties\":{\"name\":\"w1\",\"n\":[1,-2,0]}}",
        " {\"a\" : true, \"b\" : [ false , null ] , \"c\" : {} , \"d\" : [] } ",
        "{\"a\":123456789012345678,\"b\":-9223372036854775808,\"c\":\"\xc3\xa9\",\"\":0}",
        "{\"aa\":\"\",\"ab\":\"\\n\",\"a\":[[[]]],\"b\":[{},{\"a\":1}],\"c\":\"x\"}"};
    static const char bytes[] = "\"\\{}[]:, \n\x01-+0159.eEtfnulab\x7f\xc3\xff";
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        size_t size = strlen(texts[t]);
        expect_as_jansson(texts[t], size);
        for (size_t at = 0; at < size; at++)
            for (size_t b = 0; b < sizeof bytes; b++) {
                ph_cleanup(ph_freep) char *changed = ph_strdup(texts[t]);
                changed[at] = bytes[b];
                expect_as_jansson(changed, size);
            }
    }
}

Test(json, however_many_keys_a_map_has_it_is_read_as_jansson_reads_it)
{
    for (int count = 1; count < 40; count++)
        for (int last = 0; last <= count; last += count) { /* a key again, or one more */
            ph_cleanup(ph_freep) char *text = ph_strdup("{");
            for (int i = 0; i < count; i++) {
                ph_cleanup(ph_freep) char *longer = ph_format("%s\"k%d\":%d,", text, i, i);
                ph_freep(&text);
                text = ph_steal(&longer);
            }
            ph_cleanup(ph_freep) char *whole = ph_format("%s\"k%d\":0}", text, last);
            expect_as_jansson(whole, strlen(whole));
        }
}

Test(json, a_key_of_any_length_is_read)
{
    char key[100] = {0};
    for (size_t size = 0; size < sizeof key - 1; size++) {
        memset(key, 'k', size);
        ph_cleanup(ph_freep) char *text = ph_format("{\"%s\":1}", key);
        expect_as_jansson(text, strlen(text));
    }
}

Test(json, what_is_no_object_is_refused)
{
    expect_refused(" [1]", "the message is not a JSON object");
}

Test(json, json_cut_at_any_byte_is_refused)
{
    static const char text[] = "{\"a\":[1,2.5,\"\\u00e9\",true,null],\"b\":{\"c\":-1}}";
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        ph_cleanup(ph_freep) char *part = ph_strndup(text, cut);
        ph_cleanup(ph_message_destroy) ph_message_t *message = decode(part, NULL);
        cr_expect_null(message, "cut at %zu", cut);
    }
}

static char *repeated(const char *part, unsigned count)
{
    size_t size = strlen(part);
    char *text = ph_calloc(size * count + 1, 1);
    for (unsigned i = 0; i < count; i++)
        memcpy(text + i * size, part, size);
    return text;
}

/* Returns containers inside each other, `depth` of them, the outermost object included. */
static char *nest(const char *open, const char *close, unsigned depth)
{
    ph_cleanup(ph_freep) char *opening = repeated(open, depth - 1);
    ph_cleanup(ph_freep) char *closing = repeated(close, depth - 1);
    return ph_format("{\"a\":%s0%s}", opening, closing);
}

Test(json, thirty_two_containers_inside_each_other_are_allowed_and_no_more)
{
    static const char *const pairs[][2] = {{"[", "]"}, {"{\"a\":", "}"}, {"[{\"a\":", "}]"}};
    static const unsigned containers[] = {1, 1, 2};
    static const char refusal[] = "the message is nested too deep or has too many values";
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        unsigned most = 31 / containers[i];
        ph_cleanup(ph_freep) char *deep = nest(pairs[i][0], pairs[i][1], most + 1);
        ph_cleanup(ph_freep) char *deeper = nest(pairs[i][0], pairs[i][1], most + 2);
        ph_cleanup(ph_freep) char *deepest = nest(pairs[i][0], pairs[i][1], 1000);
        expect_round(deep, deep);
        expect_refused(deeper, refusal);
        expect_refused(deepest, refusal);
    }
}

Test(json, values_and_keys_are_counted_as_in_msgpack)
{
    struct wire_limits few = {.max_depth = 32, .max_values = 5}; /* the map, two keys and values */
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *message =
        wire_decode_json(BYTES("{\"a\":1,\"b\":2}"), &few, &err);
    cr_expect_not_null(message, "%s", err.message);
    few.max_values = 4;
    cr_expect_null(wire_decode_json(BYTES("{\"a\":1,\"b\":2}"), &few, &err));
    cr_expect_str_eq(err.message, "the message is nested too deep or has too many values");
}

Test(json, a_body_is_json_if_it_begins_with_a_brace_or_a_blank)
{
    cr_expect(wire_is_json("{", 1));
    cr_expect(wire_is_json(" ", 1));
    cr_expect(wire_is_json("\t", 1));
    cr_expect(wire_is_json("\r", 1));
    cr_expect(wire_is_json("\n", 1));
    cr_expect_not(wire_is_json("", 0));
    cr_expect_not(wire_is_json("\0", 1));
    cr_expect_not(wire_is_json("[", 1));
    cr_expect_not(wire_is_json("\x80", 1));
    cr_expect_not(wire_is_json("\xde", 1));
}

/* ---- msgpack to JSON ---- */

static void expect_json(const char *bytes, size_t size, const char *expected)
{
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(bytes, size, &err);
    cr_assert_not_null(message, "%s", err.message);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, expected);
}

Test(json, text_that_is_not_utf8_is_shown_with_a_replacement_for_each_byte)
{
    expect_json(BYTES("\x81\xa1s\xa3"
                      "a\xff"
                      "b"),
                "{\"s\":\"a\xef\xbf\xbd"
                "b\"}");
    expect_json(BYTES("\x81\xa1s\xa2\xc3\xa9"), "{\"s\":\"\xc3\xa9\"}");
    expect_json(BYTES("\x81\xa1s\xa3\xc3\xa9\xc3"), "{\"s\":\"\xc3\xa9\xef\xbf\xbd\"}");
    expect_json(BYTES("\x81\xa1s\xa2\xc0\x80"), "{\"s\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
    expect_json(BYTES("\x81\xa1s\xa3\xed\xa0\x80"),
                "{\"s\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
    expect_json(BYTES("\x81\xa1s\xa4\xf4\x90\x80\x80"),
                "{\"s\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
    expect_json(BYTES("\x81\xa1\xff\x01"), "{\"\xef\xbf\xbd\":1}");
}

Test(json, binary_is_shown_as_text)
{
    expect_json(BYTES("\x81\xa1s\xc4\x03"
                      "a\x00\xfe"),
                "{\"s\":\"a\\u0000\xef\xbf\xbd\"}");
}

Test(json, numbers_that_json_does_not_know_become_null_or_floats)
{
    expect_json(BYTES("\x81\xa1n\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00"), "{\"n\":null}");
    expect_json(BYTES("\x81\xa1n\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"), "{\"n\":null}");
    expect_json(BYTES("\x81\xa1n\xcb\xff\xf0\x00\x00\x00\x00\x00\x00"), "{\"n\":null}");
    expect_json(BYTES("\x81\xa1n\xcf\xff\xff\xff\xff\xff\xff\xff\xff"),
                "{\"n\":1.8446744073709552e+19}");
    expect_json(BYTES("\x81\xa1n\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"),
                "{\"n\":9223372036854775807}");
}

Test(json, control_characters_and_quotes_are_escaped)
{
    expect_json(BYTES("\x81\xa1s\xa6\"\\\n\x01\x7f/"), "{\"s\":\"\\\"\\\\\\n\\u0001\x7f/\"}");
}

Test(json, keys_that_are_no_text_get_their_json)
{
    expect_json(BYTES("\x84\x01\x02\xc0\x03\x91\x04\x05\x81\xa1k\x06\x07"),
                "{\"1\":2,\"null\":3,\"[4]\":5,\"{\\\"k\\\":6}\":7}");
}

/* Each level within a key would double the text that it becomes. */
Test(json, keys_of_keys_of_keys_do_not_grow_without_bound)
{
    char bytes[100] = {0};
    size_t size = 0;
    for (int level = 0; level < 31; level++)
        bytes[size++] = (char)0x81; /* a map, whose key is a map */
    bytes[size++] = (char)0x80;
    for (int level = 0; level < 31; level++)
        bytes[size++] = 1;
    struct ph_error err = {0};
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(bytes, size, &err);
    cr_assert_not_null(message, "%s", err.message);
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    cr_expect_str_eq(json, "{\"{\\\"null\\\":1}\":1}");
}

Test(json, keys_that_are_written_the_same_are_shown_once)
{
    expect_json(BYTES("\x86\x01\x02\xcc\x01\x03\xa1\x31\x04\xa1\xff\x05\xa1\xfe\x06\xa1k\x07"),
                "{\"1\":2,\"\xef\xbf\xbd\":5,\"k\":7}");
    expect_json(BYTES("\x83\xa1\x31\x04\xa1k\x07\x01\x02"), "{\"1\":4,\"k\":7}");
}

Test(json, the_first_of_equal_keys_is_shown)
{
    expect_json(BYTES("\x83\xa1"
                      "a\x01\xa1"
                      "a\x02\xa1"
                      "b\x03"),
                "{\"a\":1,\"b\":3}");
}

Test(json, an_extension_is_shown_as_null)
{
    expect_json(BYTES("\x81\xa1"
                      "e\xd4\x01x"),
                "{\"e\":null}");
}

Test(json, no_value_is_null)
{
    ph_cleanup(ph_freep) char *json = ph_value_to_json(NULL);
    cr_expect_str_eq(json, "null");
}

Test(json, a_time_keeps_its_microseconds)
{
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    ph_writer_float(writer, "time", 1700000000.123456);
    size_t size;
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    ph_cleanup(ph_message_destroy) ph_message_t *again = NULL;
    ph_cleanup(ph_freep) char *json = ph_value_to_json(ph_message_body(message));
    again = decode(json, NULL);
    double time = ph_value_float(ph_value_get(ph_message_body(again), "time"), 0);
    cr_expect_eq(time, 1700000000.123456);
}

Test(json, python_writes_ascii_with_blanks)
{
    size_t size;
    static const char text[] = "{\"a\":[1,2.0,null],\"\\u00e9\":\"\\ud83d\\ude00\"}";
    ph_cleanup(ph_writer_destroy) ph_writer_t *packed =
        wire_pack_json(text, sizeof text - 1, &limits, NULL);
    const void *data = ph_writer_data(packed, &size);
    ph_cleanup(ph_freep) char *json =
        wire_json_of(wire_slice_of(data, size), WIRE_JSON_PYTHON, &size);
    cr_expect_eq(size, strlen(json));
    cr_expect_str_eq(json, "{\"a\": [1, 2.0, null], \"\\u00e9\": \"\\ud83d\\ude00\"}");
}

/* A map of so many keys, the last of which is that of the first again if `is_repeated`. */
static char *json_of_keys(int count, bool is_repeated)
{
    size_t size;
    ph_cleanup(ph_writer_destroy) ph_writer_t *writer = ph_writer_new();
    for (int i = 0; i < count; i++) {
        ph_cleanup(ph_freep) char *key = ph_format("k%d", is_repeated && i == count - 1 ? 0 : i);
        ph_writer_int(writer, key, i);
    }
    const void *data = ph_writer_data(writer, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *message = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(message));
}

Test(json, a_map_keeps_its_order_and_loses_what_repeats_however_large_it_is)
{
    for (int count = 2; count < 40; count++) {
        ph_cleanup(ph_freep) char *shorter = json_of_keys(count - 1, false);
        ph_cleanup(ph_freep) char *repeated = json_of_keys(count, true);
        cr_expect_str_eq(repeated, shorter);
        cr_expect_eq(strncmp(shorter, "{\"k0\":0", 7), 0, "%s", shorter);
    }
}
