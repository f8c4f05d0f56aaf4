/* The logger plugin: every event is a line of a file. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(logger, .timeout = 60);

#define LOGGER                                                                                     \
    "[plugin:logger]\nfilename = @DIR@/events.log\nautostart = no\n"                               \
    "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n"                                           \
    "[watcher:db]\ncmd = @CHILD@ run\nautostart = no\n"

static daemon_t *start_logger(void)
{
    daemon_t *daemon = daemon_start_with(LOGGER);
    daemon_do(daemon, "start", "logger", true);
    return daemon;
}

Test(logger, every_event_is_a_line_with_time_topic_and_body)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_logger();
    daemon_do(daemon, "start", "web", true);
    daemon_do(daemon, "stop", "web", true);
    ph_cleanup(ph_freep) char *log =
        daemon_wait_file(daemon, "events.log", " watcher.web.stop {", 10000);
    static const char *const actions[] = {"start", "spawn", "ready", "kill", "reap", "stop"};
    const char *at = log;
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        ph_cleanup(ph_freep) char *wanted = ph_format("Z watcher.web.%s {\"time\":", actions[i]);
        at = strstr(at, wanted);
        cr_assert(at, "no '%s' in its place:\n%s", wanted, log);
    }
    cr_expect_eq(log[strlen(log) - 1], '\n');
}

/* Moves the file, has it opened again by `reopen`, and checks that new events go to the new file
 * and no event was lost. */
static void expect_new_file(daemon_t *daemon, void (*reopen)(daemon_t *daemon))
{
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "events.log", "watcher.web.ready", 10000));
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "events.log");
    ph_cleanup(ph_freep) char *moved = daemon_path(daemon, "events.log.1");
    cr_assert_eq(rename(path, moved), 0);
    reopen(daemon);
    cr_assert(file_wait_exists(path, 10000), "the file was not opened again");
    daemon_do(daemon, "start", "db", true);
    ph_cleanup(ph_freep) char *fresh =
        daemon_wait_file(daemon, "events.log", "watcher.db.ready", 10000);
    ph_cleanup(ph_freep) char *old = file_read(moved);
    cr_expect(strstr(old, "watcher.web.ready") && !strstr(old, "watcher.db."), "%s", old);
    cr_expect(!strstr(fresh, "watcher.web."), "%s", fresh);
}

static void reopen_by_ctl(daemon_t *daemon)
{
    ph_cleanup(program_destroy) program_t *ctl = daemon_run_ctl(daemon, "reopen", "logger", NULL);
    cr_expect_eq(program_wait(ctl, 0), 0, "%s", program_err(ctl));
    cr_expect_str_eq(program_out(ctl), "reopening: plugin:logger\n");
}

static void reopen_by_signal(daemon_t *daemon)
{
    cr_assert_eq(kill(daemon_status(daemon, "logger").pid, SIGHUP), 0);
}

static void reopen_all(daemon_t *daemon)
{
    daemon_do(daemon, "reopen", NULL, false);
}

Test(logger, after_plughostctl_reopen_a_new_file_is_used)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_logger();
    expect_new_file(daemon, reopen_by_ctl);
}

Test(logger, after_sighup_a_new_file_is_used)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_logger();
    expect_new_file(daemon, reopen_by_signal);
}

Test(logger, a_reopen_without_a_name_reaches_it_too)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_logger();
    expect_new_file(daemon, reopen_all);
}

Test(logger, it_appends_to_what_is_there)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start_logger();
    daemon_do(daemon, "start", "web", true);
    free(daemon_wait_file(daemon, "events.log", "watcher.web.ready", 10000));
    daemon_do(daemon, "restart", "logger", true);
    daemon_do(daemon, "start", "db", true);
    ph_cleanup(ph_freep) char *log =
        daemon_wait_file(daemon, "events.log", "watcher.db.ready", 10000);
    cr_expect(strstr(log, "watcher.web.ready"));
}

static void expect_error(const char *section, const char *reason)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = daemon_start_with(section);
    struct ph_error err;
    cr_assert_null(daemon_try(daemon, "start", "logger", true, &err));
    cr_expect(strstr(err.message, reason), "%s", err.message);
    daemon_wait_log(daemon, reason, 5000);
}

Test(logger, a_missing_filename_is_named)
{
    expect_error("[plugin:logger]\nautostart = no\n",
                 "handle_init failed: option 'filename' is missing: the file to write to");
}

Test(logger, a_file_that_cannot_be_opened_is_named)
{
    expect_error("[plugin:logger]\nautostart = no\nfilename = /nowhere/events.log\n",
                 "cannot open log file '/nowhere/events.log': No such file or directory");
}

Test(logger, a_full_disk_does_not_stop_it)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:logger]\nautostart = no\nfilename = /dev/full\n"
                          "[watcher:web]\ncmd = @CHILD@ run\nautostart = no\n");
    daemon_do(daemon, "start", "logger", true);
    pid_t pid = daemon_status(daemon, "logger").pid;
    daemon_do(daemon, "start", "web", true);
    daemon_wait_log(daemon, "cannot write to '/dev/full': No space left on device", 5000);
    cr_expect_eq(daemon_status(daemon, "logger").pid, pid);
    cr_expect_str_eq(daemon_status(daemon, "logger").status, "active");
}
