/* The configuration: what is said of a bad one, and what a good one does to a process. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(configuration, .timeout = 60);

/* ---- bad ones ---- */

static const char five_mistakes[] = "[plughost]\n"
                                    "insecure_tpc = yes\n"
                                    "[watcher:web]\n"
                                    "numproceses = 2\n"
                                    "cmd = sleep 60\n"
                                    "graceful_timeout = soon\n"
                                    "stop_signal = SIGTREM\n"
                                    "[wachter:db]\n"
                                    "cmd = sleep 60\n";

struct folder {
    char *dir;
    char *file;
};

static void folder_release(struct folder *self)
{
    directory_remove(self->dir);
    free(self->dir);
    free(self->file);
}

static struct folder folder_with(const char *text)
{
    struct folder folder = {.dir = directory_make()};
    folder.file = ph_format("%s/plughost.ini", folder.dir);
    file_write(folder.file, text);
    return folder;
}

static program_t *run_plughostd(const char *word, const char *file)
{
    const char *const argv[] = {TEST_PLUGHOSTD, word, file, NULL};
    return program_run(argv, NULL);
}

static void expect_line(const program_t *program, const struct folder *folder, const char *line)
{
    ph_cleanup(ph_freep) char *wanted = ph_format("%s%s", folder->file, line);
    cr_expect(strstr(program_err(program), wanted), "no '%s' in:\n%s", wanted,
              program_err(program));
}

/* Every line has a hint: it ends with something in brackets. */
static void expect_hints(const program_t *program, size_t count)
{
    cr_expect_eq(text_count(program_err(program), "\n"), count, "%s", program_err(program));
    cr_expect_eq(text_count(program_err(program), ")\n"), count, "a line has no hint:\n%s",
                 program_err(program));
}

static void expect_five_mistakes(const char *word)
{
    ph_cleanup(folder_release) struct folder folder = folder_with(five_mistakes);
    ph_cleanup(program_destroy) program_t *program = run_plughostd(word, folder.file);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect_str_eq(program_out(program), "");
    expect_line(program, &folder, ":2: unknown option 'insecure_tpc'");
    expect_line(program, &folder, ":4: unknown option 'numproceses'");
    expect_line(program, &folder, ":6: graceful_timeout = soon: not a number");
    expect_line(program, &folder, ":7: stop_signal = SIGTREM: no such signal");
    expect_line(program, &folder, ":8: unknown section [wachter:db]");
    cr_expect(strstr(program_err(program), "(did you mean 'insecure_tcp'?)\n"));
    cr_expect(strstr(program_err(program), "(did you mean 'numprocesses'?)\n"));
    cr_expect(strstr(program_err(program), "(did you mean 'watcher'?)\n"));
    expect_hints(program, 5);
}

Test(configuration, five_mistakes_are_all_reported_with_file_line_and_hint)
{
    expect_five_mistakes("--foreground");
}

Test(configuration, check_reports_the_same_five_mistakes)
{
    expect_five_mistakes("--check");
}

Test(configuration, an_unknown_option_that_resembles_none_has_a_hint_too)
{
    ph_cleanup(folder_release) struct folder folder = folder_with("[plughost]\ncolour = red\n");
    ph_cleanup(program_destroy) program_t *program = run_plughostd("--check", folder.file);
    cr_expect_eq(program_wait(program, 0), 2);
    expect_line(program, &folder, ":2: unknown option 'colour'");
    expect_hints(program, 1);
}

Test(configuration, check_of_a_good_file_ends_with_0_and_starts_nothing)
{
    ph_cleanup(folder_release) struct folder folder =
        folder_with("[plughost]\nrun_dir = /nowhere/run\n[watcher:web]\ncmd = sleep 60\n");
    ph_cleanup(program_destroy) program_t *program = run_plughostd("--check", folder.file);
    ph_cleanup(ph_freep) char *wanted = ph_format("%s: 1 watcher, nothing wrong\n", folder.file);
    cr_expect_eq(program_wait(program, 0), 0, "%s", program_err(program));
    cr_expect_str_eq(program_out(program), wanted);
    cr_expect_str_eq(program_err(program), "");
}

Test(configuration, a_missing_file_is_named)
{
    ph_cleanup(program_destroy) program_t *program = run_plughostd("-f", "/nowhere/plughost.ini");
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect_str_eq(
        program_err(program),
        "/nowhere/plughost.ini: cannot open the configuration: No such file or directory "
        "('plughostd --help-config' prints one to begin with)\n");
}

Test(configuration, the_help_on_options_is_a_configuration_itself)
{
    const char *const argv[] = {TEST_PLUGHOSTD, "--help-config", NULL};
    ph_cleanup(program_destroy) program_t *help = program_run(argv, NULL);
    cr_expect_eq(program_wait(help, 0), 0);
    ph_cleanup(folder_release) struct folder folder = folder_with(program_out(help));
    ph_cleanup(program_destroy) program_t *program = run_plughostd("--check", folder.file);
    cr_expect_eq(program_wait(program, 0), 0, "%s", program_err(program));
}

/* ---- tcp ---- */

static void expect_refused(const char *text, const char *line)
{
    ph_cleanup(folder_release) struct folder folder = folder_with(text);
    ph_cleanup(program_destroy) program_t *program = run_plughostd("-f", folder.file);
    cr_expect_eq(program_wait(program, 0), 2);
    expect_line(program, &folder, line);
}

Test(configuration, tcp_is_refused_with_the_reason)
{
    expect_refused("[plughost]\nendpoint = tcp://127.0.0.1:5555\n",
                   ":2: tcp://127.0.0.1:5555 would let every local user run programs as this user "
                   "(use ipc://, or say insecure_tcp = yes)");
}

Test(configuration, tcp_beyond_loopback_is_refused_even_if_it_is_allowed)
{
    expect_refused("[plughost]\ninsecure_tcp = yes\npubsub_endpoint = tcp://0.0.0.0:5555\n",
                   ":3: tcp://0.0.0.0:5555 is not a loopback address: whoever reaches it could run "
                   "programs here (use ipc://, or tcp://127.0.0.1:PORT with insecure_tcp = yes)");
}

Test(configuration, tcp_on_loopback_works_if_it_is_allowed)
{
    ph_cleanup(ph_freep) char *endpoint = ph_format("tcp://127.0.0.1:%u", daemon_find_port());
    ph_cleanup(ph_freep) char *pubsub = ph_format("tcp://127.0.0.1:%u", daemon_find_port());
    ph_cleanup(ph_freep) char *text =
        ph_format("[plughost]\ninsecure_tcp = yes\nendpoint = %s\npubsub_endpoint = %s\n"
                  "[plugin:probe]\nautostart = no\n",
                  endpoint, pubsub);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(text);
    daemon_set_endpoint(daemon, endpoint);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_do(daemon, "start", "probe", true);
    ph_cleanup(ph_event_destroy) ph_event_t *ready =
        daemon_wait_event(daemon, "watcher.plugin:probe.ready", 5000);
    cr_expect_str_eq(ph_event_watcher(ready), "plugin:probe");
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "ping", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
}

/* ---- the run directory ---- */

/* Runs plughostd on a run directory that it cannot use. */
static void expect_no_start(const char *run_dir, const char *message)
{
    ph_cleanup(ph_freep) char *text = ph_format("[plughost]\nrun_dir = %s\n", run_dir);
    ph_cleanup(folder_release) struct folder folder = folder_with(text);
    ph_cleanup(program_destroy) program_t *program = run_plughostd("-f", folder.file);
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect(strstr(program_err(program), message), "%s", program_err(program));
}

Test(configuration, a_run_directory_that_cannot_be_made_is_named)
{
    expect_no_start("/nowhere/run", "plughostd: cannot make the run directory '/nowhere/run': No "
                                    "such file or directory\nhint: set run_dir in [plughost]");
}

Test(configuration, a_run_directory_that_others_may_write_to_is_refused)
{
    ph_cleanup(folder_release) struct folder folder = folder_with("");
    ph_cleanup(ph_freep) char *run_dir = ph_format("%s/open", folder.dir);
    cr_assert(mkdir(run_dir, 0700) == 0 && chmod(run_dir, 0777) == 0);
    ph_cleanup(ph_freep) char *message =
        ph_format("other users can write to the run directory '%s'\nhint: chmod 0750", run_dir);
    expect_no_start(run_dir, message);
}

/* Runs plughostd --check on a text and checks the file's only mistake, which no line is to blame
 * for.
 */
static void expect_one_mistake(const char *text, const char *mistake)
{
    ph_cleanup(folder_release) struct folder folder = folder_with(text);
    ph_cleanup(program_destroy) program_t *program = run_plughostd("--check", folder.file);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), mistake), "%s", program_err(program));
}

Test(configuration, a_socket_path_that_is_too_long_is_refused)
{
    char run_dir[121];
    memset(run_dir, 'x', sizeof run_dir - 1);
    run_dir[sizeof run_dir - 1] = '\0';
    ph_cleanup(ph_freep) char *text = ph_format("[plughost]\nrun_dir = /%s\n", run_dir);
    expect_one_mistake(text, "x/endpoint.sock' is longer than the 107 letters allowed (set run_dir "
                             "in [plughost] to a shorter path)");
}

Test(configuration, two_sockets_of_one_address_are_refused)
{
    expect_one_mistake("[plughost]\nendpoint = ipc:///x/one\npubsub_endpoint = ipc:///x/one\n",
                       "endpoint and pubsub_endpoint are the same: ipc:///x/one");
}

/* ---- what a process is born with ---- */

Test(configuration, cmd_and_args_are_split_as_a_shell_does)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(
        "[watcher:web]\n"
        "cmd = @CHILD@ arguments @DIR@/words \"two words\" 'it is \"so\"' back\\ slash \"\"\n"
        "args = $HOME '*' a\"b\"c \"q \\\" q\" Grüße\n");
    ph_cleanup(ph_freep) char *words = daemon_wait_file(daemon, "words", "\n", 5000);
    cr_expect_str_eq(words, "two words\nit is \"so\"\nback slash\n\n"
                            "$HOME\n*\nabc\nq \" q\nGrüße\n");
}

Test(configuration, a_process_has_its_own_session_and_nothing_that_is_not_its_own)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ describe @DIR@/self\nworking_dir = /usr\n");
    ph_cleanup(ph_freep) char *self = daemon_wait_file(daemon, "self", "\n", 5000);
    cr_expect(strstr(self, "leads its session and group: yes\n"), "%s", self);
    cr_expect(strstr(self, "input: /dev/null\n"), "%s", self);
    cr_expect(strstr(self, "folder: /usr\n"), "%s", self);
    cr_expect(strstr(self, "descriptors: 0 1 2\n"), "%s", self);
    cr_expect(strstr(self, "SigBlk:\t0000000000000000\n"), "%s", self);
    cr_expect(strstr(self, "SigIgn:\t0000000000000000\n"), "%s", self);
}

Test(configuration, its_output_goes_where_the_output_of_the_daemon_goes)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ print hello\n");
    daemon_wait_output(daemon, "out: hello\n", 5000);
    daemon_wait_output(daemon, "err: hello\n", 5000);
}

/* Runs a watcher that writes its variable, and checks the value. */
static void expect_variable(const char *sections, const char *variable, const char *value)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("%s\n[watcher:web]\ncmd = @CHILD@ env %s @DIR@/value\n", sections, variable);
    ph_cleanup(ph_freep) char *wanted = ph_format("%s\n", value);
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(text);
    ph_cleanup(ph_freep) char *found = daemon_wait_file(daemon, "value", "\n", 5000);
    cr_expect_str_eq(found, wanted);
}

Test(configuration, the_variables_of_a_matching_pattern_are_set_byte_for_byte)
{
    expect_variable("[env:w*]\nPATTERN = a = \"b\" # c ; %d Ü", "PATTERN", "a = \"b\" # c ; %d Ü");
}

Test(configuration, the_variables_of_another_pattern_are_not_set)
{
    expect_variable("[env:db*]\nPATTERN = yes", "PATTERN", "(not set)");
}

Test(configuration, a_later_section_beats_an_earlier_one)
{
    expect_variable("[env:*]\nPATTERN = first\n[env:web]\nPATTERN = second", "PATTERN", "second");
}

Test(configuration, variables_are_set_over_the_environment_of_the_daemon)
{
    expect_variable("[env:*]\nHOME = /elsewhere", "HOME", "/elsewhere");
}

Test(configuration, a_program_is_looked_up_in_the_path_of_its_own_environment)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(
        "[env:web]\nPATH = @DIR@\n[watcher:web]\ncmd = my-program\nautostart = no\n");
    ph_cleanup(ph_freep) char *program = daemon_path(daemon, "my-program");
    file_write(program, "#!/bin/sh\nexec /bin/sleep 60\n");
    chmod(program, 0700);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_do(daemon, "start", "web", true);
}

Test(configuration, a_child_finds_the_daemon_by_its_environment)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[watcher:web]\ncmd = @CHILD@ env PLUGHOST_ENDPOINT @DIR@/value\n");
    ph_cleanup(ph_freep) char *wanted = ph_format("%s\n", daemon_endpoint(daemon));
    ph_cleanup(ph_freep) char *found = daemon_wait_file(daemon, "value", "\n", 5000);
    cr_expect_str_eq(found, wanted);
}
