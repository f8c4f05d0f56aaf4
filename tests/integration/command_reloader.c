/* The command_reloader plugin, with files that are written, replaced, and led to by links. */
#include <alloc.h>
#include <criterion/criterion.h>
#include <daemon.h>
#include <files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(command_reloader, .timeout = 60);

enum { WAIT_MS = 20000 };

#define PLUGIN "[plugin:command_reloader]\nautostart = no\nloop_rate = 0.2\n"
#define WEB "[watcher:web]\ncmd = @DIR@/app --port 80\n"

/* Writes a program, into the file that is there if there is one; `version` makes it differ. */
static void write_program(const char *path, const char *version)
{
    ph_cleanup(ph_freep) char *text =
        ph_format("#!/bin/sh\n# version %s\nexec %s run\n", version, TEST_CHILD);
    file_write(path, text);
    cr_assert_eq(chmod(path, 0755), 0);
}

/* Starts a daemon whose watchers run DIR/app, and waits until the plugin watches it for `web`. */
static daemon_t *start(const char *text)
{
    ph_cleanup(ph_freep) char *all = ph_format("%s%s", PLUGIN, text);
    daemon_t *daemon = daemon_prepare(all);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    write_program(path, "1");
    daemon_launch(daemon, NULL);
    daemon_await(daemon);
    return daemon;
}

static void begin(daemon_t *daemon, const char *name)
{
    daemon_do(daemon, "start", "command_reloader", true);
    ph_cleanup(ph_freep) char *line = ph_format("/app' for '%s'", name);
    daemon_wait_log(daemon, line, WAIT_MS);
}

static void expect_restart(daemon_t *daemon, pid_t before)
{
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), before);
    daemon_wait_log(daemon, "restarts 'web': '", WAIT_MS);
    daemon_wait_log(daemon, "/app' has changed", WAIT_MS);
}

Test(command_reloader, a_file_that_is_written_to_is_a_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "web");
    write_program(path, "2");
    expect_restart(daemon, first);
}

Test(command_reloader, a_file_that_is_renamed_over_it_is_a_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    ph_cleanup(ph_freep) char *fresh = daemon_path(daemon, "app.new");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "web");
    write_program(fresh, "2");
    cr_assert_eq(rename(fresh, path), 0);
    expect_restart(daemon, first);
    pid_t second = daemon_status(daemon, "web").pid;
    write_program(fresh, "3"); /* the new one is watched as well */
    cr_assert_eq(rename(fresh, path), 0);
    cr_expect_neq(daemon_wait_started(daemon, "web", WAIT_MS), second);
}

/* As releases are switched: `current` is a link to a folder. */
Test(command_reloader, a_link_on_the_way_that_leads_elsewhere_is_a_restart)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[watcher:web]\ncmd = @DIR@/current/app\nautostart = no\n");
    ph_cleanup(ph_freep) char *current = daemon_path(daemon, "current");
    ph_cleanup(ph_freep) char *fresh = daemon_path(daemon, "current.new");
    for (int i = 1; i <= 2; i++) {
        ph_cleanup(ph_freep) char *version = ph_format("%d", i);
        ph_cleanup(ph_freep) char *folder = daemon_path(daemon, version);
        ph_cleanup(ph_freep) char *program = ph_format("%s/app", folder);
        cr_assert_eq(mkdir(folder, 0755), 0);
        write_program(program, version);
    }
    cr_assert_eq(symlink("1", current), 0);
    daemon_do(daemon, "start", "web", true);
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "web");
    cr_assert_eq(symlink("2", fresh), 0);
    cr_assert_eq(rename(fresh, current), 0);
    expect_restart(daemon, first);
}

Test(command_reloader, a_file_that_is_gone_is_waited_for)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB "[watcher:other]\ncmd = @DIR@/other\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    ph_cleanup(ph_freep) char *other = daemon_path(daemon, "other");
    write_program(other, "1");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "web");
    daemon_wait_log(daemon, "/other' for 'other'", WAIT_MS);
    cr_assert_eq(unlink(path), 0);
    write_program(other, "2"); /* when this is answered, the other was looked at as well */
    daemon_wait_log(daemon, "restarts 'other'", WAIT_MS);
    cr_expect_eq(daemon_status(daemon, "web").pid, first);
    write_program(path, "2");
    expect_restart(daemon, first);
}

/* In Circus they ended the round: nobody behind them was looked at. */
Test(command_reloader, commands_that_name_no_file_are_no_hindrance)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[watcher:a]\nshell = yes\ncmd = while :; do sleep 1000; done\n"
              "[watcher:b]\ncmd = $(circus.env.NONE)/x\nautostart = no\n"
              "[watcher:c]\ncmd = /no/such/folder/x\nautostart = no\n" WEB);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "web");
    daemon_wait_log(daemon, "the command of 'a' names no file", WAIT_MS);
    write_program(path, "2");
    expect_restart(daemon, first);
}

Test(command_reloader, who_is_stopped_stays_stopped)
{
    ph_cleanup(daemon_stop) daemon_t *daemon =
        start("[watcher:off]\ncmd = @DIR@/app\nautostart = no\n" WEB);
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "off");
    begin(daemon, "web");
    write_program(path, "2");
    expect_restart(daemon, first);
    cr_expect_str_eq(daemon_status(daemon, "off").status, "stopped");
}

Test(command_reloader, a_watcher_that_is_added_is_watched_and_one_that_is_removed_is_not)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start("[watcher:other]\ncmd = @DIR@/app\n");
    ph_cleanup(ph_freep) char *path = daemon_path(daemon, "app");
    begin(daemon, "other");
    ph_cleanup(program_destroy) program_t *add =
        daemon_run_ctl(daemon, "add", "--start", "web", path, NULL);
    cr_expect_eq(program_wait(add, 0), 0, "%s", program_err(add));
    pid_t first = daemon_wait_started(daemon, "web", WAIT_MS);
    begin(daemon, "web");
    daemon_do(daemon, "rm", "other", true);
    write_program(path, "2");
    expect_restart(daemon, first);
    ph_cleanup(ph_freep) char *log = file_read(daemon_log_file(daemon));
    cr_expect_not(strstr(log, "restarts 'other'"), "%s", log);
}

Test(command_reloader, a_command_that_was_set_is_watched)
{
    ph_cleanup(daemon_stop) daemon_t *daemon = start(WEB);
    ph_cleanup(ph_freep) char *other = daemon_path(daemon, "other");
    ph_cleanup(ph_freep) char *option = ph_format("cmd=%s", other);
    write_program(other, "1");
    begin(daemon, "web");
    ph_cleanup(program_destroy) program_t *set =
        daemon_run_ctl(daemon, "set", "--wait", "web", option, NULL);
    cr_expect_eq(program_wait(set, 0), 0, "%s", program_err(set));
    daemon_wait_log(daemon, "/other' for 'web'", WAIT_MS);
    pid_t first = daemon_status(daemon, "web").pid;
    write_program(other, "2");
    daemon_wait_log(daemon, "/other' has changed", WAIT_MS);
    pid_t second = daemon_wait_started(daemon, "web", WAIT_MS);
    if (second == first) /* nobody had waited for that one yet */
        second = daemon_wait_started(daemon, "web", WAIT_MS);
    cr_expect_neq(second, first);
}

Test(command_reloader, a_wrong_option_is_named)
{
    struct ph_error err;
    ph_cleanup(daemon_stop) daemon_t *daemon =
        daemon_start_with("[plugin:command_reloader]\nautostart = no\nloop_rate = 0\n");
    cr_assert_null(daemon_try(daemon, "start", "command_reloader", true, &err));
    cr_expect(strstr(err.message, "option 'loop_rate': '0' is not within 0.05 to 3600"), "%s",
              err.message);
}
