#include <alloc.h>
#include <circus/properties.h>
#include <criterion/criterion.h>
#include <string.h>
#include <wire/json.h>

static ph_message_t *decode(const char *json)
{
    static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};
    struct ph_error err;
    ph_message_t *message = wire_decode_json(json, strlen(json), &limits, &err);
    cr_assert_not_null(message, "%s", err.message);
    return message;
}

Test(circus_properties, what_python_takes_for_true_is_true)
{
    static const struct {
        const char *json;
        bool expected;
    } rows[] = {
        {"{\"x\":true}", true},  {"{\"x\":false}", false},    {"{\"x\":1}", true},
        {"{\"x\":0}", false},    {"{\"x\":0.0}", false},      {"{\"x\":0.5}", true},
        {"{\"x\":\"\"}", false}, {"{\"x\":\"false\"}", true}, {"{\"x\":null}", false},
        {"{\"x\":[]}", false},   {"{\"x\":[0]}", true},       {"{\"x\":{}}", false},
        {"{}", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ph_cleanup(ph_message_destroy) ph_message_t *map = decode(rows[i].json);
        cr_expect_eq(circus_truth(ph_value_get(ph_message_body(map), "x")), rows[i].expected, "%s",
                     rows[i].json);
    }
}

Test(circus_properties, a_number_may_be_text)
{
    static const struct {
        const char *json;
        int outcome;
        int64_t expected;
    } rows[] = {
        {"{\"x\":5}", 0, 5},       {"{\"x\":\"5\"}", 0, 5},
        {"{\"x\":\"-7\"}", 0, -7}, {"{\"x\":true}", 0, 1},
        {"{\"x\":\"\"}", -1, 0},   {"{\"x\":\"5x\"}", -1, 0},
        {"{\"x\":5.5}", -1, 0},    {"{\"x\":null}", -1, 0},
        {"{\"x\":[5]}", -1, 0},    {"{\"x\":\"99999999999999999999\"}", -1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t number = 0;
        ph_cleanup(ph_message_destroy) ph_message_t *map = decode(rows[i].json);
        cr_expect_eq(circus_int(ph_value_get(ph_message_body(map), "x"), &number), rows[i].outcome,
                     "%s", rows[i].json);
        cr_expect_eq(number, rows[i].expected, "%s", rows[i].json);
    }
}

/* Translates the properties of a command that asks for no watcher. */
static char *translate(const char *command, const char *json, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *map = decode(json);
    ph_cleanup(ph_writer_destroy) ph_writer_t *translated = ph_writer_new();
    struct circus_call call = {.properties = ph_message_body(map), .translated = translated};
    if (circus_properties_translate(circus_command_find(command), &call, err) < 0)
        return NULL;
    size_t size;
    const void *data = ph_writer_data(translated, &size);
    ph_cleanup(ph_message_destroy) ph_message_t *made = ph_message_new(data, size, NULL);
    return ph_value_to_json(ph_message_body(made));
}

static void expect_translated(const char *command, const char *json, const char *expected)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *made = translate(command, json, &err);
    cr_assert_not_null(made, "%s %s: %s", command, json, err.message);
    cr_expect_str_eq(made, expected);
}

static void expect_refused(const char *command, const char *json, enum ph_code code,
                           const char *expected)
{
    struct ph_error err = {0};
    ph_cleanup(ph_freep) char *made = translate(command, json, &err);
    cr_assert_null(made, "%s", made);
    cr_expect_eq(err.code, code, "%s", ph_code_name(err.code));
    cr_expect_str_eq(err.message, expected);
}

Test(circus_properties, only_what_a_command_takes_reaches_ours)
{
    expect_translated("quit", "{\"waiting\":1,\"more\":[]}", "{\"waiting\":true}");
    expect_translated("quit", "{}", "{\"waiting\":false}");
    expect_translated("reload", "{\"graceful\":\"no\",\"sequential\":0}",
                      "{\"graceful\":true,\"sequential\":false,\"waiting\":false}");
    expect_translated("list", "{\"name\":null}", "{}");
    expect_translated("restart", "{\"match\":\"regex\"}", "{\"waiting\":false}");
    expect_translated("stats", "{\"extended\":true}", "{\"extended\":true}");
}

Test(circus_properties, the_first_one_that_is_missing_is_named)
{
    expect_refused("add", "{}", PH_INVALID, "message invalid 'name' is missing");
    expect_refused("add", "{\"name\":\"x\"}", PH_INVALID, "message invalid 'cmd' is missing");
    expect_refused("signal", "{\"signum\":null,\"name\":\"x\"}", PH_INVALID,
                   "message invalid 'signum' is missing");
}

Test(circus_properties, what_is_no_name_is_none_of_any_watcher)
{
    expect_refused("list", "{\"name\":5}", PH_INVALID, "'name' isn't a string");
    expect_refused("list", "{\"name\":\"a\\u0000b\"}", PH_INVALID, "'name' isn't a string");
    expect_refused("start", "{\"name\":{}}", PH_INVALID, "'name' isn't a string");
    expect_refused("start", "{\"name\":\"x\",\"match\":\"none\"}", PH_INVALID,
                   "unknown match method none");
}
