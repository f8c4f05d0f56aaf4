/* The default configuration: made from the table, so it must say what the table says. */
#include <alloc.h>
#include <config/configuration.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *printed_help(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    options_print_help(out);
    fclose(out);
    return text;
}

static char *read_default_config(void)
{
    FILE *file = fopen(DEFAULT_CONFIG, "re");
    cr_assert_not_null(file, DEFAULT_CONFIG " is missing");
    char *text = NULL;
    size_t room = 0;
    ssize_t count = getdelim(&text, &room, '\0', file);
    fclose(file);
    cr_assert_gt(count, 0);
    return text;
}

/* Checks a text and returns what is wrong with it, which the caller frees; "" for nothing. */
static char *check(const char *text, struct configuration *configuration)
{
    ph_cleanup(problems_release) struct problems problems = {0};
    configuration_parse(configuration, text, strlen(text), &problems);
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);
    problems_print(&problems, "x.ini", out);
    fclose(out);
    return printed;
}

Test(defaults, the_installed_configuration_is_what_help_config_prints)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    ph_cleanup(ph_freep) char *installed = read_default_config();
    cr_expect_str_eq(installed, help);
}

Test(defaults, the_help_is_a_configuration_in_which_nothing_is_wrong)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    ph_cleanup(configuration_release) struct configuration configuration;
    ph_cleanup(ph_freep) char *wrong = check(help, &configuration);
    cr_expect_str_eq(wrong, "");
    cr_expect_eq(configuration.watcher_count, 0);
}

/* Copies a line of the help to `out` as somebody would who uses it: '#key = value' and '#[section]'
 * without the '#', a name for NAME, and a value for what cannot be empty. */
static void use_line(const char *line, size_t length, FILE *out)
{
    static const struct {
        const char *line, *used;
    } needs_value[] = {
        {"#run_dir = ", "run_dir = /run/x"},
        {"#endpoint = ", "endpoint = ipc:///run/x/e.sock"},
        {"#pubsub_endpoint = ", "pubsub_endpoint = ipc:///run/x/p.sock"},
        {"#cmd = ", "cmd = sleep 1"},
        {"#working_dir = ", "working_dir = /"},
        {"#[watcher:NAME]", "[watcher:web]"},
        {"#[plugin:NAME]", "[plugin:log]"},
        {"#[env:PATTERN]", "[env:*]"},
    };
    for (size_t i = 0; i < sizeof needs_value / sizeof needs_value[0]; i++) {
        if (strlen(needs_value[i].line) == length &&
            strncmp(line, needs_value[i].line, length) == 0) {
            fprintf(out, "%s\n", needs_value[i].used);
            return;
        }
    }
    bool is_example = length > 1 && line[0] == '#' && line[1] != ' ';
    fprintf(out, "%.*s\n", (int)length - is_example, line + is_example);
}

Test(defaults, everything_that_is_commented_out_can_be_used)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    ph_cleanup(ph_freep) char *used = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&used, &size);
    for (const char *line = help; *line; line += strcspn(line, "\n") + 1)
        use_line(line, strcspn(line, "\n"), out);
    fclose(out);

    ph_cleanup(configuration_release) struct configuration configuration;
    ph_cleanup(ph_freep) char *wrong = check(used, &configuration);
    cr_expect_str_eq(wrong, "");
    cr_assert_eq(configuration.watcher_count, 2);
    cr_expect_str_eq(configuration.settings.run_dir, "/run/x");
    cr_expect_str_eq(configuration.watchers[0].cmd[0], "sleep");
    cr_expect_eq(configuration.watchers[1].restart.max_restarts, 20);
    cr_expect_str_eq(configuration.watchers[1].env.items[0].key, "KEY");
}

Test(defaults, every_option_stands_in_the_help_wherever_it_is_taken)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    for (const struct option_spec *spec = option_specs; spec->name; spec++) {
        ph_cleanup(ph_freep) char *line = ph_format("\n#%s = ", spec->name);
        unsigned expected = 0, seen = 0;
        for (unsigned kind = SECTION_PLUGHOST; kind <= SECTION_PLUGIN; kind *= 2)
            expected += (spec->sections & kind) != 0;
        for (const char *at = help; (at = strstr(at, line)); at++)
            seen++;
        cr_expect_eq(seen, expected, "%s", spec->name);
    }
}

Test(defaults, an_option_is_explained_with_type_range_default_and_what_a_change_needs)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    cr_expect(strstr(help, "# How many processes of it are kept running.\n"
                           "# whole number, 1 to 100000; default: 1; a change needs nothing\n"
                           "#numprocesses = 1\n\n"));
    cr_expect(strstr(help, "# The folder in which the program is started.\n"
                           "# path; default: the daemon's; a change needs a restart of the "
                           "watcher\n#working_dir = \n\n"));
    cr_expect(strstr(help, "# yes, true, on, 1; or no, false, off, 0; default: no; a change needs "
                           "a restart of the daemon\n"
                           "#insecure_tcp = no\n\n"));
}
