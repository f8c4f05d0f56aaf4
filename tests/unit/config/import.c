/* A whole file becomes one of ours, or is refused. */
#include <alloc.h>
#include <config/configuration.h>
#include <config/import.h>
#include <criterion/criterion.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that comes of one file, which is called "x" in the working folder. */
struct outcome {
    int result;
    char *text;
    struct notices notices;
    struct problems problems;
};

static void outcome_release(struct outcome *self)
{
    free(self->text);
    notices_release(&self->notices);
    problems_release(&self->problems);
}

static char *folder;

static void make_folder(void)
{
    folder = scratch_new();
    cr_assert_eq(chdir(folder), 0);
}

static void remove_folder(void)
{
    scratch_destroy(&folder);
}

TestSuite(import, .init = make_folder, .fini = remove_folder);

static struct outcome import(const char *text, enum import_format format)
{
    struct outcome outcome = {0};
    size_t size = 0;
    ph_cleanup(ph_freep) char *path = text ? scratch_write(folder, "x", text, 0600) : NULL;
    FILE *out = open_memstream(&outcome.text, &size);
    outcome.result = import_file("x", format, out, &outcome.notices, &outcome.problems);
    fclose(out);
    return outcome;
}

static void expect_refused(const char *text, enum import_format format, const char *wanted)
{
    ph_cleanup(outcome_release) struct outcome outcome = import(text, format);
    cr_expect_eq(outcome.result, -1);
    cr_expect_str_eq(outcome.text, "");
    cr_assert_geq(outcome.problems.count, 1, "%s", wanted);
    ph_cleanup(ph_freep) char *found = problem_text(&outcome.problems.items[0], "x");
    cr_expect_str_eq(found, wanted);
}

#define UNKNOWN                                                                                    \
    "x: this is no configuration of Circus's or supervisord's (expected [circus] or "              \
    "[watcher:NAME], or [supervisord] or [program:NAME]; --format circus|supervisord takes it "    \
    "all "                                                                                         \
    "the same)"

Test(import, a_file_that_is_neither_is_refused)
{
    expect_refused("", IMPORT_BY_SECTIONS, UNKNOWN);
    expect_refused("[mysqld]\nport = 1\n", IMPORT_BY_SECTIONS, UNKNOWN);
    expect_refused("[plughost]\n[watcher:web]\ncmd = true\n", IMPORT_BY_SECTIONS,
                   "x: this is a configuration of plughost's already ('plughostd --check FILE' "
                   "checks it)");
    expect_refused("[watcher:web]\ncmd = true\n[program:web]\ncommand = true\n", IMPORT_BY_SECTIONS,
                   "x: there are sections of Circus's and of supervisord's in it (say which "
                   "counts: --format circus, or --format supervisord)");
}

Test(import, a_file_that_is_not_there_is_named)
{
    expect_refused(NULL, IMPORT_BY_SECTIONS,
                   "x: cannot open the configuration: No such file or directory");
}

Test(import, a_mistake_is_told_with_its_line_in_the_file)
{
    expect_refused("[program:web]\ncommand = true\nstopsignal = TREM\n", IMPORT_BY_SECTIONS,
                   "x:3: stop_signal = TREM: no such signal (signal, such as SIGTERM or 15)");
    expect_refused("[watcher:web]\ncmd = true\nnumprocesses = x\n", IMPORT_BY_SECTIONS,
                   "x:3: numprocesses = x: not a whole number (whole number, 0 to 100000)");
    expect_refused("[program:web]\ncommand = true\n[program:Web]\ncommand = true\n",
                   IMPORT_BY_SECTIONS,
                   "x:3: there are two sections that become [watcher:Web] (give one of them "
                   "another name; capitals do not count)");
    expect_refused("[program:web]\nnonsense\n", IMPORT_BY_SECTIONS,
                   "x:2: 'nonsense' is no option (a line is KEY = VALUE, [SECTION], indented, or a "
                   "comment with # or ;)");
}

Test(import, the_format_can_be_forced)
{
    static const char both[] = "[watcher:a]\ncmd = true\n[program:b]\ncommand = true\n";
    ph_cleanup(outcome_release) struct outcome circus = import(both, IMPORT_CIRCUS);
    ph_cleanup(outcome_release) struct outcome supervisor = import(both, IMPORT_SUPERVISOR);
    cr_expect(strstr(circus.text, "[watcher:a]") && !strstr(circus.text, "[watcher:b]"));
    cr_expect(strstr(supervisor.text, "[watcher:b]") && !strstr(supervisor.text, "\n[watcher:a]"));
}

Test(import, formats_have_names)
{
    struct ph_error err;
    enum import_format format = IMPORT_BY_SECTIONS;
    cr_expect_eq(import_format_parse("circus", &format, NULL), 0);
    cr_expect_eq(format, IMPORT_CIRCUS);
    cr_expect_eq(import_format_parse("supervisord", &format, NULL), 0);
    cr_expect_eq(format, IMPORT_SUPERVISOR);
    cr_expect_eq(import_format_parse("systemd", &format, &err), -1);
    cr_expect_str_eq(err.message, "unknown format 'systemd'");
    cr_expect_str_eq(err.hint, "circus or supervisord");
}

#define HEAD(of)                                                                                   \
    "# Made of x by 'plughostctl import', from a configuration of " of ".\n"                       \
    "# Its comments are not kept. 'plughostd --check FILE' checks this file, and\n"                \
    "# plughost.ini(5) explains it.\n\n"
#define TAIL "\n# ---- what has no equal, or is not the same ----\n"

Test(import, comments_say_what_each_option_was)
{
    ph_cleanup(outcome_release) struct outcome outcome =
        import("; lost\n[program:web]\ncommand = serve %(program_name)s\nstopwaitsecs = 3\n"
               "startsecs = 2\nautorestart = true\nstartretries = 9\numask = 022\n"
               "stdout_logfile = NONE\nstderr_logfile = NONE\nkillasgroup = false\n"
               "environment = A=\"1\"\n",
               IMPORT_BY_SECTIONS);
    cr_expect_str_eq(outcome.text,
                     HEAD("supervisord's") "[plughost]\numask = 022\n\n"
                                           "# [program:web] on line 2 of x\n[watcher:web]\n"
                                           "# was command = serve %(program_name)s\n"
                                           "cmd = serve web\n"
                                           "umask = 022\n"
                                           "startsecs = 2\n"
                                           "# was startsecs\nstable_after = 2\n"
                                           "# was autorestart = true\nrestart = always\n"
                                           "# was startretries\nmax_restarts = 9\n"
                                           "# as in supervisord\nrestart_delay = 1\n"
                                           "# as in supervisord\nfailed_retry = 0\n"
                                           "# was stopwaitsecs\ngraceful_timeout = 3\n"
                                           "# was stdout_logfile = NONE\n"
                                           "stdout_stream.class = NullStream\n"
                                           "# was stderr_logfile = NONE\n"
                                           "stderr_stream.class = NullStream\n\n"
                                           "# environment on line 12 of x\n[env:web]\nA = 1\n" TAIL
                                           "# - x:11: killasgroup = false: SIGKILL always goes "
                                           "to the group\n");
}

Test(import, a_file_of_circuss_is_made_with_its_defaults)
{
    ph_cleanup(outcome_release) struct outcome outcome = import(
        "[watcher:web]\ncmd: sleep 60 ; a while\nown = 1\n[env]\nA = 1\n", IMPORT_BY_SECTIONS);
    cr_expect_str_eq(
        outcome.text,
        HEAD("Circus's") "# Circus's clients are served; leave this section out when there are "
                         "none left\n[circus]\ncircus_compat = yes\n\n"
                         "[plughost]\non_sighup = reload\n\n"
                         "# [watcher:web] on line 1 of x\n[watcher:web]\ncmd = sleep 60\n"
                         "# was own\nlabel.own = 1\n# as in Circus\ncopy_env = no\n\n"
                         "[env:web]\nA = 1\n" TAIL
                         "# - x: unknown options, kept as text that changes nothing: own\n");
}

/* ---- what comes out is as good as what went in ---- */

static void expect_good(const char *text)
{
    struct configuration configuration;
    ph_cleanup(problems_release) struct problems problems = {0};
    ph_cleanup(outcome_release) struct outcome outcome = import(text, IMPORT_BY_SECTIONS);
    cr_assert_eq(outcome.result, 0, "%s", text);
    int result = configuration_parse(&configuration, outcome.text, strlen(outcome.text), &problems);
    cr_expect_eq(result, 0, "%s\n%s", outcome.text,
                 problems.count > 0 ? problems.items[0].error.message : "");
    configuration_release(&configuration);
}

Test(import, what_is_made_can_be_read)
{
    expect_good("[supervisord]\nenvironment = A=1\n[program:a]\ncommand = sh -c 'x; y' \"z\"\n"
                "numprocs = 2\nenvironment = B=\" 1 \"\n[fcgi-program:b]\ncommand = c\n"
                "socket = tcp://localhost:1234\n[group:g]\nprograms = a\n");
    expect_good("[circus]\ncheck_delay = 5\n[watcher:a]\ncmd = sleep 1\n  2\nx = y\n  z\n"
                "[plugin:flapping]\nuse = circus.plugins.flapping.Flapping\n[env:a*]\nA = 1\n"
                "[socket:S]\nport = 0\n[plugin:p]\nuse = my.Class\nk = a b\n");
}
