/* The default configuration: made from the table, so it must say what the table says. */
#include <alloc.h>
#include <config/configuration.h>
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *printed_help(void)
{
    ph_cleanup(ph_freep) char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    options_print_help(out);
    fclose(out);
    return ph_strndup(text, size);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "%s is missing", path);
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
    ph_cleanup(ph_freep) char *installed = read_file(DEFAULT_CONFIG);
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

/* Returns a value for an option that cannot be empty, which the caller frees. */
static char *value_for(const char *line, size_t length)
{
    static const struct {
        const char *line, *value;
    } values[] = {
        {"#run_dir = ", "/run/x"},
        {"#endpoint = ", "ipc:///run/x/e.sock"},
        {"#pubsub_endpoint = ", "ipc:///run/x/p.sock"},
        {"#umask = ", "022"},
        {"#cmd = ", "sleep 1"},
        {"#working_dir = ", "/"},
        {"#nice = ", "1"},
        {"#oom_score_adj = ", "1"},
        {"#max_retry = ", "1"},
        {"#flapping.attempts = ", "1"},
        {"#flapping.window = ", "1"},
        {"#flapping.retry_in = ", "1"},
        {"#flapping.max_retry = ", "1"},
        {"#virtualenv = ", "/srv/env"},
        {"#stdin_socket = ", "web"},
        {"#stdout_stream.class = ", "NullStream"},
        {"#stderr_stream.class = ", "NullStream"},
        {"#stdout_stream.filename = ", "/x"},
        {"#stderr_stream.filename = ", "/x"},
        {"#stdout_stream.color = ", "red"},
        {"#stderr_stream.color = ", "red"},
        {"#path = ", "/run/x/web.sock"},
        {"#overlay = ", "/x.overlay"},
        {"#interface = ", "lo"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (strlen(values[i].line) == length && strncmp(line, values[i].line, length) == 0)
            return ph_strdup(values[i].value);
    if (length == 7 && strncmp(line, "#uid = ", length) == 0)
        return ph_format("%u", geteuid());
    if (length == 7 && strncmp(line, "#gid = ", length) == 0)
        return ph_format("%u", getegid());
    return ph_strdup(strncmp(line, "#hooks.", 7) == 0 ? "true" : "");
}

/* Copies a line of the help to `out` as somebody would who uses it: '#key = value' and '#[section]'
 * without the '#', a name for NAME, and a value for what cannot be empty. */
static void use_line(const char *line, size_t length, FILE *out)
{
    static const char *const sections[][2] = {
        {"#[watcher:NAME]", "[watcher:web]"},
        {"#[plugin:NAME]", "[plugin:log]"},
        {"#[socket:NAME]", "[socket:web]"},
        {"#[env:PATTERN]", "[env:*]"},
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        if (strlen(sections[i][0]) == length && strncmp(line, sections[i][0], length) == 0) {
            fprintf(out, "%s\n", sections[i][1]);
            return;
        }
    }
    bool is_example = length > 1 && line[0] == '#' && line[1] != ' ';
    bool is_empty = is_example && line[length - 1] == ' ';
    ph_cleanup(ph_freep) char *value = is_empty ? value_for(line, length) : NULL;
    fprintf(out, "%.*s%s\n", (int)length - is_example, line + is_example, value ? value : "");
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
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        ph_cleanup(ph_freep) char *line = ph_format("\n#%s = ", spec->name);
        unsigned expected = 0, seen = 0;
        for (const struct option_spec *other = NULL; (other = option_next(other));)
            if (strcmp(other->name, spec->name) == 0)
                for (unsigned kind = SECTION_PLUGHOST; kind <= SECTION_CIRCUS; kind *= 2)
                    expected += (other->sections & kind) != 0;
        for (const char *at = help; (at = strstr(at, line)); at++)
            seen++;
        cr_expect_eq(seen, expected, "%s", spec->name);
    }
}

Test(defaults, an_option_is_explained_with_type_range_default_and_what_a_change_needs)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    cr_expect(strstr(help, "# How many processes of it are kept running.\n"
                           "# whole number, 0 to 100000; default: 1; a change needs nothing\n"
                           "#numprocesses = 1\n\n"));
    cr_expect(strstr(help, "# The folder in which the program is started.\n"
                           "# path; default: the daemon's; a change needs a restart of the "
                           "watcher\n#working_dir = \n\n"));
    cr_expect(strstr(help, "# yes, true, on, 1; or no, false, off, 0; default: no; a change needs "
                           "a restart of the daemon\n"
                           "#insecure_tcp = no\n\n"));
}

Test(defaults, options_of_one_theme_stand_together_under_its_heading)
{
    ph_cleanup(ph_freep) char *help = printed_help();
    const char *watcher = strstr(help, "\n#[watcher:NAME]\n");
    const char *plugin = strstr(help, "\n#[plugin:NAME]\n");
    const char *hooks = strstr(help, "\n# -- hooks: programs that are run around its life --\n");
    cr_assert(watcher && plugin && hooks);
    cr_expect(watcher < hooks && hooks < plugin);
    const char *first = strstr(hooks, "\n#hooks.before_start = \n");
    const char *last = strstr(hooks, "\n#hook_timeout = 30\n");
    cr_assert(first && last);
    cr_expect(first < last && last < plugin);
    cr_expect_null(strstr(strstr(help, "\n#[socket:NAME]\n"), "\n# -- "), "one theme needs none");
}

Test(defaults, every_option_stands_in_the_manual)
{
    ph_cleanup(ph_freep) char *manual = read_file(MANUAL);
    for (const struct option_spec *spec = NULL; (spec = option_next(spec));) {
        bool is_second = strncmp(spec->name, "stderr_stream.", 14) == 0; /* as stdout_stream */
        ph_cleanup(ph_freep) char *item =
            ph_format("\n.It Ic %s%s No (", is_second ? "stdout_stream." : "",
                      is_second ? spec->name + 14 : spec->name);
        cr_expect(strstr(manual, item), "%s", spec->name);
    }
}
