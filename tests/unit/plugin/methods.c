#include <alloc.h>
#include <criterion/criterion.h>
#include <plugin/methods.h>
#include <string.h>
#include <wire/json.h>

static const struct wire_limits limits = {.max_depth = 8, .max_values = 1000};
static methods_t *methods;

static void set_up(void)
{
    methods = methods_new();
}

static void tear_down(void)
{
    methods_destroy(&methods);
    cr_expect_null(methods);
}

TestSuite(methods, .init = set_up, .fini = tear_down, .timeout = 30);

/* JSON of an object in which ' stands for ". The caller owns the result. */
static ph_message_t *parse(const char *json)
{
    struct ph_error err;
    ph_cleanup(ph_freep) char *text = ph_strdup(json);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    ph_message_t *message = wire_decode_json(text, strlen(text), &limits, &err);
    cr_assert_not_null(message, "%s: %s", json, err.message);
    return message;
}

static int add(const char *json, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = parse(json);
    return methods_add(methods, ph_message_body(message), err);
}

static void add_well(const char *json)
{
    struct ph_error err = {0};
    cr_assert_eq(add(json, &err), 0, "%s: %s", json, err.message);
}

static int check(const char *name, const char *args, bool is_lenient, struct ph_error *err)
{
    ph_cleanup(ph_message_destroy) ph_message_t *message = parse(args);
    const method_t *method = methods_find(methods, "p", name, err);
    cr_assert_not_null(method);
    return method_check(method, ph_message_body(message), is_lenient, err);
}

#define SEND                                                                                       \
    "{'name': 'send', 'args': [{'name': 'to', 'type': 'text', 'required': true},"                  \
    "{'name': 'n', 'type': 'int'}, {'name': 'x', 'type': 'number'}, {'name': 'b', 'type': "        \
    "'bool'},"                                                                                     \
    "{'name': 'l', 'type': 'list'}, {'name': 'm', 'type': 'map'}, {'name': 'any'}]}"

Test(methods, a_wrong_description_is_refused_with_its_reason)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"{}", "'' is no name for a method"},
        {"{'name': 3}", "'' is no name for a method"},
        {"{'name': 'a b'}", "'a b' is no name for a method"},
        {"{'name': 'm', 'args': [1]}", "method 'm': '' is no name for an argument"},
        {"{'name': 'm', 'args': [{'name': 'x', 'type': 'date'}]}",
         "method 'm': argument 'x' has the unknown type 'date'"},
        {"{'name': 'm', 'args': [{'name': 'x', 'type': 5}]}",
         "method 'm': argument 'x' has the unknown type ''"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ph_error err = {0};
        cr_expect_eq(add(cases[i].json, &err), -1, "%s", cases[i].json);
        cr_expect_eq(err.code, PH_INVALID);
        cr_expect_str_eq(err.message, cases[i].message);
    }
}

Test(methods, an_unknown_one_is_refused_with_the_nearest)
{
    struct ph_error err = {0};
    cr_expect_null(methods_find(methods, "p", "sent", &err));
    cr_expect_str_eq(err.message, "plugin 'p' has no method 'sent'");
    cr_expect_str_eq(err.hint, "it offers no methods");
    add_well(SEND);
    cr_expect_null(methods_find(methods, "p", "sent", &err));
    cr_expect_eq(err.code, PH_NOT_FOUND);
    cr_expect_str_eq(err.hint, "did you mean 'send'?");
    cr_expect_null(methods_find(methods, "p", "quite_different", &err));
    cr_expect_str_eq(err.hint, "'methods' lists them");
}

Test(methods, arguments_are_checked_one_by_one)
{
    static const struct {
        const char *args, *message; /* NULL: they are taken */
    } cases[] = {
        {"{'to': 'a'}", NULL},
        {"{'to': 'a', 'n': 1, 'x': 1, 'b': true, 'l': [], 'm': {}, 'any': [1]}", NULL},
        {"{'to': 'a', 'x': 1.5, 'n': null}", NULL},
        {"{}", "argument 'to' of method 'send' is missing"},
        {"{'to': null}", "argument 'to' of method 'send' is missing"},
        {"{'to': 1}", "argument 'to' of method 'send' must be of type text"},
        {"{'to': 'a', 'n': 1.5}", "argument 'n' of method 'send' must be of type int"},
        {"{'to': 'a', 'x': 'y'}", "argument 'x' of method 'send' must be of type number"},
        {"{'to': 'a', 'b': 1}", "argument 'b' of method 'send' must be of type bool"},
        {"{'to': 'a', 'l': {}}", "argument 'l' of method 'send' must be of type list"},
        {"{'to': 'a', 'm': []}", "argument 'm' of method 'send' must be of type map"},
        {"{'to': 'a', 'other': 1}", "method 'send' has no argument 'other'"},
    };
    add_well(SEND);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ph_error err = {0};
        int outcome = check("send", cases[i].args, false, &err);
        cr_expect_eq(outcome, cases[i].message ? -1 : 0, "%s", cases[i].args);
        cr_expect_str_eq(err.message, cases[i].message ? cases[i].message : "");
    }
}

Test(methods, who_is_lenient_lets_unknown_arguments_pass)
{
    struct ph_error err = {0};
    add_well(SEND);
    cr_expect_eq(check("send", "{'to': 'a', 'other': 1}", true, &err), 0);
    cr_expect_eq(check("send", "{'to': 1, 'other': 1}", true, &err), -1);
}

Test(methods, one_of_the_same_name_is_replaced)
{
    struct ph_error err = {0};
    add_well(SEND);
    add_well("{'name': 'send'}");
    cr_expect_eq(check("send", "{}", false, &err), 0);
}

Test(methods, there_are_at_most_1000)
{
    struct ph_error err = {0};
    for (int i = 0; i < METHODS_MAX; i++) {
        ph_cleanup(ph_freep) char *json = ph_format("{'name': 'm%d'}", i);
        add_well(json);
    }
    add_well("{'name': 'm0', 'summary': 'again'}");
    cr_expect_eq(add("{'name': 'more'}", &err), -1);
    cr_expect_eq(err.code, PH_BUSY);
    cr_expect_str_eq(err.message, "a plugin has at most 1000 methods");
}
