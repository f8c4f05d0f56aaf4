/* plughostctl import: files in the manner of Circus's and supervisord's documentation become
 * files of ours, and run. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USAGE                                                                                      \
    "hint: usage: plughostctl import [--format FORMAT] [-o FILE [--force]] CONFIGURATION\n"

enum { WAIT_MS = 20000 };

static char *scratch;

static void make_scratch(void)
{
    scratch = directory_make();
    cr_assert_eq(chdir(scratch), 0);
    setenv("PATH", "/usr/bin:/bin", 1);
}

static void remove_scratch(void)
{
    cr_assert_eq(chdir("/"), 0);
    directory_remove(scratch);
    free(scratch);
}

TestSuite(import, .init = make_scratch, .fini = remove_scratch, .timeout = 60);

#define RUN(...) program_run((const char *const[]){__VA_ARGS__, NULL}, NULL)

#define EXPECT(code, out, err, ...)                                                                \
    do {                                                                                           \
        ph_cleanup(program_destroy) program_t *program_ = RUN(__VA_ARGS__);                        \
        cr_expect_eq(program_wait(program_, 0), code);                                             \
        cr_expect_str_eq(program_out(program_), out);                                              \
        cr_expect_str_eq(program_err(program_), err);                                              \
    } while (0)

/* As above, of plughostctl import. */
#define EXPECT_IMPORT(code, out, err, ...)                                                         \
    EXPECT(code, out, err, TEST_PLUGHOSTCTL, "import", __VA_ARGS__)

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static void expect_in(const char *text, const char *part)
{
    cr_expect(strstr(text, part), "there is no '%s' in\n%s", part, text);
}

/* Returns how many names are in the working folder. */
static size_t count_files(void)
{
    ph_cleanup(program_destroy) program_t *program = RUN("/bin/ls", "-A");
    program_wait(program, WAIT_MS);
    return text_count(program_out(program), "\n");
}

/* ---- what runs in the end ---- */

/* Makes DIR/made.ini of a text, with the test's own program in it. */
static char *convert(const daemon_t *daemon, const char *text)
{
    ph_cleanup(ph_freep) char *source = daemon_path(daemon, "source");
    ph_cleanup(ph_freep) char *made = daemon_path(daemon, "made.ini");
    ph_cleanup(ph_freep) char *with_child = text_replace(text, "@CHILD@", TEST_CHILD);
    ph_cleanup(ph_freep) char *whole = text_replace(with_child, "@DIR@", daemon_dir(daemon));
    file_write(source, whole);
    ph_cleanup(program_destroy) program_t *import =
        RUN(TEST_PLUGHOSTCTL, "import", "-o", made, source);
    cr_assert_eq(program_wait(import, WAIT_MS), 0, "%s", program_err(import));
    cr_expect_str_eq(program_out(import), "");
    ph_cleanup(program_destroy) program_t *check = RUN(TEST_PLUGHOSTD, "--check", made);
    cr_assert_eq(program_wait(check, WAIT_MS), 0, "%s%s", program_out(check), program_err(check));
    return file_read(made);
}

/* Starts a daemon on what becomes of a text. */
static daemon_t *start(const char *text)
{
    daemon_t *daemon = daemon_prepare("");
    ph_cleanup(ph_freep) char *made = convert(daemon, text);
    daemon_rewrite(daemon, made);
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    return daemon;
}

Test(import, a_configuration_of_supervisords_runs_as_it_says)
{
    setenv("SHOP_PORT", "8000", 1);
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("; the shop\n"
              "[unix_http_server]\nfile=/tmp/supervisor.sock   ; the path\n\n"
              "[supervisord]\nlogfile=/tmp/supervisord.log ; main log\nnodaemon=false\n"
              "environment=SHOP_MODE=\"production\",SHOP_NAME=\"all\"\n\n"
              "[rpcinterface:supervisor]\n"
              "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\n"
              "[supervisorctl]\nserverurl=unix:///tmp/supervisor.sock\n\n"
              "[program:web]\ncommand=@CHILD@ environment @DIR@/web ; the program\n"
              "environment=SHOP_NAME=\"web; 1\",PADDED=\"  x \",PORT=\"%(ENV_SHOP_PORT)s\",\n"
              "  NAME=\"%(program_name)s 100%%\"\n"
              "priority=1\nstopsignal=INT\n\n"
              "[program:worker]\ncommand=@CHILD@ environment @DIR@/worker-%(process_num)02d\n"
              "process_name=%(program_name)s_%(process_num)02d\nnumprocs=2\n"
              "redirect_stderr=true\nstdout_logfile=@DIR@/%(program_name)s.log\n\n"
              "[program:idle]\ncommand=sleep 1000\nautostart=false\n"
              "[program:many]\ncommand=sleep 1000\nnumprocs=3\n"
              "process_name=%(program_name)s_%(process_num)02d\n");
    daemon_wait_status(daemon, "many", "active", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "many").running, 3);
    cr_expect_str_eq(daemon_status(daemon, "idle").status, "stopped");
    ph_cleanup(ph_freep) char *web = daemon_wait_file(daemon, "web", "PADDED=", WAIT_MS);
    expect_in(web, "SHOP_MODE=production\n");
    expect_in(web, "SHOP_NAME=web; 1\n");
    expect_in(web, "PADDED=  x \n");
    expect_in(web, "PORT=8000\n");
    expect_in(web, "NAME=web 100%\n");
    ph_cleanup(ph_freep) char *first = daemon_wait_file(daemon, "worker-00", "=", WAIT_MS);
    ph_cleanup(ph_freep) char *second = daemon_wait_file(daemon, "worker-01", "=", WAIT_MS);
    expect_in(second, "SHOP_NAME=all\n");
}

Test(import, a_program_of_supervisords_is_given_up_after_its_retries_and_stays_so)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[program:broken]\ncommand=/bin/sh -c 'echo try; exit 3'\nstartretries=1\n"
              "redirect_stderr=true\nstdout_logfile=@DIR@/broken.log\n"
              "[program:done]\ncommand=/bin/sh -c 'exit 2'\nstartsecs=0\nexitcodes=0,2\n");
    daemon_wait_status(daemon, "broken", "failed", WAIT_MS);
    daemon_wait_status(daemon, "done", "stopped", WAIT_MS);
    ph_cleanup(ph_freep) char *log = daemon_wait_file(daemon, "broken.log", "try", WAIT_MS);
    cr_expect_eq(text_count(log, "try\n"), 2, "%s", log);
}

Test(import, a_configuration_of_circuss_runs_as_it_says)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("[circus]\ncheck_delay = 5\nendpoint = tcp://127.0.0.1:%u\n"
                  "pubsub_endpoint = tcp://127.0.0.1:%u\nstatsd = True\n\n"
                  "[watcher:web]\ncmd: @CHILD@ environment @DIR@/web\n"
                  "numprocesses = 1 ; one\nsingleton = True\ncolour = blue\n"
                  "stdout_stream.class = FileStream\nstdout_stream.filename = @DIR@/web.log\n\n"
                  "[watcher:many]\ncmd = sleep\nargs = 1000\ncopy_env = True\nnumprocesses = 3\n\n"
                  "[env]\nSTAGE = live\n[env:web, db-*]\nWHO = $(circus.env.STAGE)-web\n",
                  daemon_find_port(), daemon_find_port());
    ph_cleanup(daemon_stop) daemon_t *daemon = start(text);
    daemon_wait_status(daemon, "many", "active", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "many").running, 3);
    ph_cleanup(ph_freep) char *web = daemon_wait_file(daemon, "web", "WHO=", WAIT_MS);
    expect_in(web, "STAGE=live\n");
    expect_in(web, "WHO=live-web\n");
    cr_expect(!strstr(web, "\nHOME="), "the environment is not copied: %s", web);
}

/* ---- where it goes ---- */

#define SUPERVISED                                                                                 \
    "[program:web]\ncommand = true\nkillasgroup = false\nstdout_logfile = NONE\n"                  \
    "stderr_logfile = NONE\n"
#define TOLD "conf:3: killasgroup = false: SIGKILL always goes to the group\n"

Test(import, it_goes_to_standard_output_or_to_a_file_and_what_has_no_equal_to_stderr)
{
    file_write("conf", SUPERVISED);
    ph_cleanup(program_destroy) program_t *daemon = RUN(TEST_PLUGHOSTD, "--import", "conf");
    cr_assert_eq(program_wait(daemon, WAIT_MS), 0);
    cr_expect_str_eq(program_err(daemon), TOLD);
    expect_in(program_out(daemon), "\n[watcher:web]\n");
    expect_in(program_out(daemon), "\n# - " TOLD);
    EXPECT_IMPORT(0, program_out(daemon), TOLD, "conf");
    EXPECT_IMPORT(0, program_out(daemon), TOLD, "-o", "-", "--format", "supervisord", "conf");
    EXPECT_IMPORT(0, "", TOLD, "conf", "--output", "made.ini");
    ph_cleanup(ph_freep) char *made = file_read("made.ini");
    cr_expect_str_eq(made, program_out(daemon));
    cr_expect_eq(count_files(), 2, "something else is left");
}

Test(import, a_file_that_is_there_is_replaced_only_by_force)
{
    file_write("conf", SUPERVISED);
    file_write("made.ini", "precious");
    EXPECT_IMPORT(1, "", "plughostctl: 'made.ini' is there already\nhint: --force replaces it\n",
                  "-o", "made.ini", "conf");
    ph_cleanup(ph_freep) char *before = file_read("made.ini");
    cr_expect_str_eq(before, "precious");
    EXPECT_IMPORT(0, "", TOLD, "-o", "made.ini", "--force", "conf");
    ph_cleanup(ph_freep) char *after = file_read("made.ini");
    expect_in(after, "[watcher:web]");
    cr_expect_eq(count_files(), 2, "something else is left");
}

Test(import, nothing_is_left_or_replaced_when_it_fails)
{
    file_write("conf", "[program:web]\ncommand = true\nstopwaitsecs = soon\n");
    file_write("made.ini", "precious");
    EXPECT_IMPORT(2, "", "conf:3: graceful_timeout = soon: not a number (seconds, 0 to 86400)\n",
                  "-o", "new.ini", "conf");
    cr_expect(!exists("new.ini"));
    EXPECT_IMPORT(2, "", "conf:3: graceful_timeout = soon: not a number (seconds, 0 to 86400)\n",
                  "-o", "made.ini", "--force", "conf");
    ph_cleanup(ph_freep) char *made = file_read("made.ini");
    cr_expect_str_eq(made, "precious");
    cr_expect_eq(count_files(), 2, "something else is left");
}

Test(import, a_full_disk_leaves_nothing)
{
    ph_cleanup(ph_freep) char *script =
        ph_format("trap '' XFSZ; ulimit -f 0; exec %s import -o made.ini conf", TEST_PLUGHOSTCTL);
    file_write("conf", "[program:web]\ncommand = true\nstdout_logfile = NONE\n"
                       "stderr_logfile = NONE\n");
    EXPECT(1, "", "plughostd: cannot write the configuration: File too large\n", "/bin/sh", "-c",
           script);
    EXPECT(1, "", "plughostd: cannot write the configuration: No space left on device\n", "/bin/sh",
           "-c", "exec \"$0\" import conf >/dev/full", TEST_PLUGHOSTCTL);
    cr_expect_eq(count_files(), 1, "something is left");
}

Test(import, a_folder_that_is_not_there_is_named)
{
    file_write("conf", SUPERVISED);
    ph_cleanup(program_destroy) program_t *program =
        RUN(TEST_PLUGHOSTCTL, "import", "-o", "no/made.ini", "conf");
    cr_expect_eq(program_wait(program, WAIT_MS), 1);
    expect_in(program_err(program), "plughostctl: cannot make 'no/made.ini.");
    expect_in(program_err(program), ": No such file or directory\n");
}

/* ---- what is refused ---- */

#define NO_FORMAT                                                                                  \
    "conf: this is no configuration of Circus's or supervisord's (expected [circus] or "           \
    "[watcher:NAME], or [supervisord] or [program:NAME]; --format circus|supervisord takes it "    \
    "all "                                                                                         \
    "the same)\n"

Test(import, a_file_that_cannot_be_used_is_named)
{
    EXPECT_IMPORT(2, "", "conf: cannot open the configuration: No such file or directory\n",
                  "conf");
    file_write("conf", "[mysqld]\nport = 3306\n");
    EXPECT_IMPORT(2, "", NO_FORMAT, "conf");
    EXPECT_IMPORT(2, "", "plughostd: unknown format 'systemd'\nhint: circus or supervisord\n",
                  "--format", "systemd", "conf");
    cr_assert_eq(mkdir("folder", 0700), 0);
    EXPECT_IMPORT(2, "", "folder: the configuration is not a file of at most 64 MiB\n", "folder");
}

/* Root may read everything, unless that right is taken away. */
Test(import, a_file_that_may_not_be_read_is_named)
{
    static const char message[] = "conf: cannot open the configuration: Permission denied\n";
    file_write("conf", SUPERVISED);
    cr_assert_eq(chmod("conf", 0), 0);
    if (geteuid() == 0)
        EXPECT(2, "", message, "/usr/bin/setpriv", "--bounding-set",
               "-dac_override,-dac_read_search", TEST_PLUGHOSTCTL, "import", "conf");
    else
        EXPECT_IMPORT(2, "", message, "conf");
}

Test(import, wrong_arguments_are_told)
{
    EXPECT_IMPORT(2, "",
                  "plughostctl: 'import' needs CONFIGURATION: the file of Circus's or "
                  "supervisord's\n" USAGE,
                  "--force");
    EXPECT_IMPORT(2, "", "plughostctl: option '-o' needs a value\n" USAGE, "conf", "-o");
    EXPECT(2, "", "plughostd: --format goes with --import\nhint: see plughostd --help\n",
           TEST_PLUGHOSTD, "--format", "circus", "conf");
    EXPECT(2, "", "plughostd: more than one configuration was given\nhint: see plughostd --help\n",
           TEST_PLUGHOSTD, "--import", "a", "b");
}

/* A copy of plughostctl stands alone. */
Test(import, a_missing_plughostd_is_named)
{
    file_write("conf", SUPERVISED);
    EXPECT(0, "", "", "/bin/cp", TEST_PLUGHOSTCTL, "alone");
    EXPECT(1, "",
           "plughostctl: cannot run 'plughostd': No such file or directory\n"
           "hint: it is looked for beside plughostctl, then in PATH\n",
           "./alone", "import", "conf");
    EXPECT(1, "",
           "plughostctl: cannot run 'plughostd': No such file or directory\n"
           "hint: it is looked for beside plughostctl, then in PATH\n",
           "./alone", "import", "-o", "made.ini", "conf");
    cr_expect(!exists("made.ini"));
}

/* Makes a plughostd of a shell's, which a copy of plughostctl finds in PATH. */
static void make_false_daemon(const char *script)
{
    ph_cleanup(ph_freep) char *text = ph_format("#!/bin/sh\n%s\n", script);
    EXPECT(0, "", "", "/bin/cp", TEST_PLUGHOSTCTL, "alone");
    cr_assert_eq(mkdir("bin", 0700), 0);
    file_write("bin/plughostd", text);
    cr_assert_eq(chmod("bin/plughostd", 0700), 0);
    ph_cleanup(ph_freep) char *path = ph_format("%s/bin:/usr/bin:/bin", scratch);
    setenv("PATH", path, 1);
}

Test(import, a_plughostd_that_is_killed_is_told_and_nothing_is_left)
{
    make_false_daemon("echo half; kill -KILL $$");
    EXPECT(1, "", "plughostctl: plughostd was killed by signal 9\n", "./alone", "import", "-o",
           "made.ini", "conf");
    cr_expect_eq(count_files(), 2, "something is left");
}

Test(import, a_file_that_comes_meanwhile_is_left_alone)
{
    make_false_daemon("echo precious >made.ini; echo made");
    EXPECT(1, "", "plughostctl: cannot make 'made.ini': File exists\n", "./alone", "import", "-o",
           "made.ini", "conf");
    ph_cleanup(ph_freep) char *made = file_read("made.ini");
    cr_expect_str_eq(made, "precious\n");
    cr_expect_eq(count_files(), 3, "something is left");
}

Test(import, the_status_of_plughostd_is_passed_on_and_its_children_may_be_ignored)
{
    make_false_daemon("echo why >&2; exit 7");
    EXPECT(7, "", "why\n", "./alone", "import", "conf");
    EXPECT(7, "", "why\n", "/bin/sh", "-c", "trap '' CHLD; exec ./alone import -o made.ini conf");
    cr_expect(!exists("made.ini"));
}

Test(import, it_can_be_typed_into_the_shell_which_goes_on)
{
    file_write("conf", SUPERVISED);
    EXPECT(0, "", TOLD, "/bin/sh", "-c",
           "printf 'import -o made.ini conf\nimport -o second.ini --format supervisord conf\n' | "
           "\"$0\" shell 2>err; status=$?; sort -u err >&2; exit $status",
           TEST_PLUGHOSTCTL);
    cr_expect(exists("made.ini") && exists("second.ini"));
}
