/* The daemon from its first to its last moment. */
#include <alloc.h>
#include <clock.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <fcntl.h>
#include <files.h>
#include <processes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(lifecycle, .timeout = 120);

/* ---- one run directory ---- */

static mode_t mode_of(const daemon_t *daemon, const char *name)
{
    struct stat status;
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, name);
    cr_assert_eq(stat(path, &status), 0, "'%s' is missing", path);
    return status.st_mode & 07777;
}

Test(lifecycle, sockets_and_run_directory_are_closed_to_other_users)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    cr_expect_eq(mode_of(daemon, "run"), 0750);
    cr_expect_eq(mode_of(daemon, "run/endpoint.sock"), 0600);
    cr_expect_eq(mode_of(daemon, "run/pubsub.sock"), 0600);
}

Test(lifecycle, a_second_daemon_on_a_run_directory_refuses_and_says_who_holds_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *second = program_run(argv, NULL);
    ph_cleanup(ph_freep) char *wanted =
        ph_format("plughostd: another plughostd, process %d, holds '%s/run/plughostd.lock'\n",
                  (int)daemon_pid(daemon), daemon_dir(daemon));
    cr_expect_eq(program_wait(second, 0), 1);
    cr_expect(strstr(program_err(second), wanted), "%s", program_err(second));
    cr_expect(strstr(program_err(second), "hint: "), "%s", program_err(second));
    daemon_do(daemon, "start", "web", true); /* the first does not mind */
    cr_expect_eq(mode_of(daemon, "run/endpoint.sock"), 0600);
}

Test(lifecycle, after_sigkill_no_child_is_left_and_the_next_start_works)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("ten_processes.ini");
    daemon_wait_status(daemon, "many", "active", 5000);
    daemon_wait_status(daemon, "probe", "active", 5000);
    daemon_kill(daemon); /* which checks the first half */
    cr_expect_eq(mode_of(daemon, "run/endpoint.sock"), 0600, "the stale socket is there");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    daemon_wait_status(daemon, "probe", "active", 5000);
}

Test(lifecycle, a_file_in_the_place_of_a_socket_is_left_alone)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    daemon_kill(daemon);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "run/endpoint.sock");
    cr_assert_eq(unlink(path), 0);
    file_write(path, "precious");
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect(strstr(program_err(program), "endpoint.sock' is in the way: it is no socket"), "%s",
              program_err(program));
    ph_cleanup(ph_freep) char *content = file_read(path);
    cr_expect_str_eq(content, "precious");
}

/* ---- the end ---- */

#define TWO_PROBES                                                                                 \
    "[plugin:left]\nuse = probe\nrecord = @DIR@/record\n"                                          \
    "[plugin:right]\nuse = probe\nrecord = @DIR@/record\n"                                         \
    "[watcher:web]\ncmd = @CHILD@ run\nnumprocesses = 5\n"

static void expect_handle_stop(daemon_t *daemon)
{
    free(daemon_wait_file(daemon, "record", "left stop: ping ok\n", 1000));
    free(daemon_wait_file(daemon, "record", "right stop: ping ok\n", 1000));
}

static void expect_orderly_end(int number)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO_PROBES);
    daemon_wait_status(daemon, "left", "active", 10000);
    daemon_wait_status(daemon, "right", "active", 10000);
    cr_assert_eq(kill(daemon_pid(daemon), number), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    expect_handle_stop(daemon);
}

Test(lifecycle, sigterm_ends_all_in_order)
{
    expect_orderly_end(SIGTERM);
}

Test(lifecycle, sigint_ends_all_in_order)
{
    expect_orderly_end(SIGINT);
}

Test(lifecycle, sigquit_ends_all_in_order)
{
    expect_orderly_end(SIGQUIT);
}

Test(lifecycle, a_second_signal_while_it_ends_changes_nothing)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(TWO_PROBES);
    daemon_wait_status(daemon, "left", "active", 10000);
    daemon_wait_status(daemon, "right", "active", 10000);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_assert_eq(kill(daemon_pid(daemon), SIGINT), 0);
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0);
    expect_handle_stop(daemon);
}

Test(lifecycle, sigpipe_and_sighup_of_a_terminal_that_is_gone_do_not_kill_its_children)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    pid_t pid = daemon_wait_started(daemon, "web", 5000);
    cr_assert_eq(kill(daemon_pid(daemon), SIGPIPE), 0);
    daemon_do(daemon, "ping", NULL, false);
    cr_expect_eq(daemon_status(daemon, "web").pid, pid);
}

/* ---- the end while it starts ---- */

/* Makes a configuration of 200 watchers and a plugin. */
static daemon_t *prepare_crowd(void)
{
    char *text = ph_strdup("[plugin:probe]\nrecord = @DIR@/record\n");
    for (int i = 0; i < 200; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s[watcher:w%d]\ncmd = @CHILD@ run\n", before, i);
    }
    ph_cleanup(ph_freep) char *whole = text;
    return daemon_prepare(whole);
}

/* A handle_init that was begun and a handle_stop belong together. */
static void expect_no_init_without_stop(const daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "record");
    ph_cleanup(ph_freep) char *record = file_read(path);
    if (record && strstr(record, "probe init: "))
        cr_expect(strstr(record, "probe stop: "), "%s", record);
}

static void expect_end_during_start(daemon_t *daemon)
{
    cr_assert_eq(kill(daemon_pid(daemon), SIGTERM), 0);
    cr_expect_eq(daemon_wait_end(daemon, 20000), 0);
    expect_no_init_without_stop(daemon);
}

Test(lifecycle, sigterm_right_after_the_log_is_opened_ends_it_in_order)
{
    for (int i = 0; i < 5; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon = prepare_crowd();
        daemon_launch(daemon, NULL);
        cr_assert(file_wait_exists(daemon_log_file(daemon), 10000));
        expect_end_during_start(daemon);
    }
}

Test(lifecycle, sigterm_as_soon_as_it_listens_ends_it_in_order)
{
    for (int i = 0; i < 5; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon = prepare_crowd();
        daemon_launch(daemon, NULL);
        daemon_wait_log(daemon, "listens on", 10000);
        expect_end_during_start(daemon);
    }
}

Test(lifecycle, sigterm_between_the_first_and_the_last_spawn_ends_it_in_order)
{
    static const char *const moments[] = {"w0: process", "w20: process", "w100: process",
                                          "w199: process"};
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        ph_cleanup(daemon_stop) daemon_t *daemon = prepare_crowd();
        daemon_launch(daemon, NULL);
        daemon_wait_log(daemon, moments[i], 10000);
        expect_end_during_start(daemon);
    }
}

Test(lifecycle, sigterm_while_handle_init_runs_ends_it_in_order)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:hangs]\nrecord = @DIR@/hangs\ngraceful_timeout = 0.2\n");
    ph_cleanup(ph_freep) char *record = daemon_path(daemon, "hangs");
    cr_assert(file_wait_exists(record, 10000));
    expect_end_during_start(daemon);
}

Test(lifecycle, a_sigterm_that_is_older_than_the_daemon_ends_it_in_order)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = prepare_crowd();
    const char *const argv[] = {TEST_PLUGHOSTD, daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program =
        program_start(&(struct program_spec){.argv = argv, .has_to_block_sigterm = true});
    program_signal(program, SIGTERM);
    cr_expect_eq(program_wait(program, 20000), 0, "%s", program_err(program));
    ph_cleanup(ph_freep) char *run_dir = daemon_path(daemon, "run");
    cr_expect(directory_is_empty(run_dir));
    cr_expect(processes_wait_none(2000));
    expect_no_init_without_stop(daemon);
}

/* ---- what breaks around it ---- */

/* Instrumented, a daemon and its children take several times as long for everything they do. */
#ifdef __SANITIZE_ADDRESS__
static const char patience_s[] = "5";
#else
static const char patience_s[] = "1";
#endif

Test(lifecycle, fifty_watchers_that_exit_at_once_leave_it_idle_and_answering)
{
    enum { SECONDS = 10, PAUSE_MS = 50 };
    char *text = ph_strdup("");
    for (int i = 0; i < 50; i++) {
        ph_cleanup(ph_freep) char *before = text;
        text = ph_format("%s[watcher:w%d]\ncmd = @CHILD@ exit 1\n", before, i);
    }
    ph_cleanup(ph_freep) char *whole = text;
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(whole);
    long before_ms = process_cpu_ms(daemon_pid(daemon));
    int pidfd = process_open(daemon_pid(daemon));
    for (int64_t end = ph_clock_ms() + SECONDS * 1000; ph_clock_ms() < end;) {
        ph_cleanup(program_destroy) program_t *ping =
            daemon_run_ctl(daemon, "-t", patience_s, "ping", NULL);
        cr_assert_eq(program_wait(ping, 0), 0, "%s", program_err(ping));
        cr_assert(!process_wait_gone(pidfd, PAUSE_MS), "the daemon has ended");
    }
    close(pidfd);
    long used_ms = process_cpu_ms(daemon_pid(daemon)) - before_ms;
    cr_expect_lt(used_ms, SECONDS * 200, "it used %ld ms in %d s", used_ms, SECONDS);
}

/* ---- in the background ---- */

static pid_t read_pidfile(const char *path)
{
    ph_cleanup(ph_freep) char *text = file_read(path);
    cr_assert(text, "there is no pidfile");
    return (pid_t)strtol(text, NULL, 10);
}

Test(lifecycle, daemon_returns_when_everything_listens_and_writes_its_pid)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare(TWO_PROBES);
    ph_cleanup(ph_freep) char *pidfile = daemon_path(daemon, "pid");
    const char *const words[] = {"--daemon", "--pidfile", pidfile, NULL};
    daemon_launch(daemon, words);
    cr_expect_eq(daemon_wait_end(daemon, 10000), 0, "the one in the foreground");
    ph_cleanup(program_destroy) program_t *ping = daemon_run_ctl(daemon, "ping", NULL);
    cr_expect_eq(program_wait(ping, 0), 0, "%s", program_err(ping));

    pid_t pid = read_pidfile(pidfile);
    ph_cleanup(ph_freep) char *pong = ph_format("pong from plughostd %d\n", (int)pid);
    cr_expect_str_eq(program_out(ping), pong);
    cr_expect_eq(getsid(pid), pid, "it has a session of its own");
    free(daemon_wait_file(daemon, "record", "left init", 10000));
    free(daemon_wait_file(daemon, "record", "right init", 10000));

    int pidfd = process_open(pid);
    cr_assert_eq(kill(pid, SIGTERM), 0);
    cr_expect(process_wait_gone(pidfd, 10000));
    close(pidfd);
    expect_handle_stop(daemon);
    cr_expect_eq(access(pidfile, F_OK), -1, "the pidfile is left");
}

Test(lifecycle, a_daemon_that_cannot_start_says_so_in_the_foreground)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start("one_watcher.ini");
    const char *const argv[] = {TEST_PLUGHOSTD, "--daemon", daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *second = program_run(argv, NULL);
    cr_expect_eq(program_wait(second, 0), 1);
    cr_expect(strstr(program_err(second), "another plughostd"), "%s", program_err(second));
}

Test(lifecycle, a_pidfile_that_cannot_be_written_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare("");
    const char *const argv[] = {TEST_PLUGHOSTD, "--pidfile", "/nowhere/pid", daemon_config(daemon),
                                NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect(strstr(program_err(program),
                     "cannot write pidfile '/nowhere/pid': No such file or directory"),
              "%s", program_err(program));
    ph_cleanup(ph_freep) char *run_dir = daemon_path(daemon, "run");
    cr_expect(directory_is_empty(run_dir));
}

/* ---- the log ---- */

static void expect_reopened(daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *old = daemon_path(daemon, "log.1");
    daemon_wait_log(daemon, "the log was opened again", 5000);
    daemon_do(daemon, "start", "web", true);
    daemon_wait_log(daemon, "web: ", 5000);
    ph_cleanup(ph_freep) char *before = file_read(old);
    cr_expect(strstr(before, "listens on"), "the old file has what came before");
    cr_expect(!strstr(before, "web: "), "the old file has what came after:\n%s", before);
}

#define QUIET "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"

static void move_log(daemon_t *daemon)
{
    ph_cleanup(ph_freep) char *old = daemon_path(daemon, "log.1");
    cr_assert_eq(rename(daemon_log_file(daemon), old), 0);
}

Test(lifecycle, sigusr1_opens_the_log_again_after_it_was_moved)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    move_log(daemon);
    cr_assert_eq(kill(daemon_pid(daemon), SIGUSR1), 0);
    expect_reopened(daemon);
}

Test(lifecycle, the_command_reopen_opens_the_log_again)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(QUIET);
    move_log(daemon);
    daemon_do(daemon, "reopen", NULL, false);
    expect_reopened(daemon);
}

Test(lifecycle, a_log_that_cannot_be_opened_is_named)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare("");
    const char *const argv[] = {TEST_PLUGHOSTD, "-o", "/nowhere/log", daemon_config(daemon), NULL};
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 1);
    cr_expect_str_eq(program_err(program),
                     "plughostd: cannot open log file '/nowhere/log': No such file or directory\n");
}

Test(lifecycle, the_log_level_decides_what_is_written)
{
    static const char *const words[] = {"--log-level", "debug", NULL};
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_prepare("[plugin:probe]\n");
    daemon_launch(daemon, words);
    daemon_await(daemon);
    daemon_wait_log(daemon, "debug   plugin:probe: hello from a spawned plugin, version 1.0", 5000);
}

/* ---- usage ---- */

static void expect_usage_error(const char *const *argv, const char *message)
{
    ph_cleanup(program_destroy) program_t *program = program_run(argv, NULL);
    cr_expect_eq(program_wait(program, 0), 2);
    cr_expect(strstr(program_err(program), message), "%s", program_err(program));
    cr_expect(strstr(program_err(program), "hint: see plughostd --help"), "%s",
              program_err(program));
}

Test(lifecycle, wrong_usage_ends_with_2_and_a_hint)
{
    const char *const unknown[] = {TEST_PLUGHOSTD, "--frobnicate", NULL};
    const char *const two[] = {TEST_PLUGHOSTD, "a.ini", "b.ini", NULL};
    const char *const level[] = {TEST_PLUGHOSTD, "--log-level", "loud", NULL};
    expect_usage_error(unknown, "--frobnicate");
    expect_usage_error(two, "plughostd: more than one configuration was given");
    expect_usage_error(level, "unknown log level 'loud': use debug, info, warning or error");
}

Test(lifecycle, version_and_help_go_to_the_standard_output)
{
    const char *const version[] = {TEST_PLUGHOSTD, "--version", NULL};
    const char *const help[] = {TEST_PLUGHOSTD, "--help", NULL};
    ph_cleanup(program_destroy) program_t *first = program_run(version, NULL);
    ph_cleanup(program_destroy) program_t *second = program_run(help, NULL);
    cr_expect_eq(program_wait(first, 0), 0);
    cr_expect_str_eq(program_out(first), "plughostd " PH_VERSION " (protocol 1)\n");
    cr_expect_eq(program_wait(second, 0), 0);
    cr_expect(strstr(program_out(second), "--check"));
}
