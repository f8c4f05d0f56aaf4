#include <alloc.h>
#include <arguments.h>
#include <criterion/criterion.h>
#include <string.h>

/* Cuts `line` at its blanks: the settings point into it. */
static int read_line(struct settings *settings, char *line)
{
    enum { MAX_WORDS = 16 };
    static char *words[MAX_WORDS + 1];
    int count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        cr_assert_lt(count, MAX_WORDS);
        words[count++] = word;
    }
    struct ph_error err;
    return arguments_read(settings, count, words, &err);
}

Test(conformance_arguments, what_stands_behind_the_command_belongs_to_it)
{
    ph_cleanup(settings_release) struct settings settings = {0};
    char line[] = "conformance -n calc -o a=b=c ./calc -v --list";
    cr_assert_eq(read_line(&settings, line), 0);
    cr_expect_str_eq(settings.name, "calc");
    cr_expect_str_eq(settings.module, "calc");
    cr_assert_eq(settings.option_count, 1);
    cr_expect_str_eq(settings.options[0].key, "a");
    cr_expect_str_eq(settings.options[0].value, "b=c");
    cr_expect_str_eq(settings.command[0], "./calc");
    cr_expect_str_eq(settings.command[1], "-v");
    cr_expect_not(settings.is_verbose);
    cr_expect_not(settings.is_list);
}

Test(conformance_arguments, arguments_of_a_method_are_json)
{
    ph_cleanup(settings_release) struct settings settings = {0};
    char line[] = "conformance --invoke add={\"a\":1} ./calc";
    cr_assert_eq(read_line(&settings, line), 0);
    cr_expect_str_eq(settings.method, "add");
    const ph_value_t *arguments = ph_message_body(settings.arguments);
    cr_expect_eq(ph_value_int(ph_value_get(arguments, "a"), 0), 1);
}

Test(conformance_arguments, the_last_of_two_methods_counts)
{
    ph_cleanup(settings_release) struct settings settings = {0};
    char line[] = "conformance -i add={\"a\":1} -i now ./calc";
    cr_assert_eq(read_line(&settings, line), 0);
    cr_expect_str_eq(settings.method, "now");
    cr_expect_null(settings.arguments);
}
