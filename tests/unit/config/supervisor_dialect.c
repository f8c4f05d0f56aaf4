/* The sections of supervisord's that are about no program, and its files. */
#include "circus_shown.h"

#include <alloc.h>
#include <config/supervisor_dialect.h>
#include <criterion/criterion.h>
#include <scratch.h>
#include <stdlib.h>
#include <string.h>

Test(supervisor_dialect, the_daemon_has_its_umask_and_the_variables_of_all)
{
    expect_supervisor_section("[program:a]\ncommand = a\n", "plughost", "umask=<022>");
    expect_supervisor_section("[supervisord]\numask = 077\n", "plughost", "umask=<077>");
    expect_supervisor_section("[supervisord]\nenvironment = A=1,B=\" 2\"\n", "env:*",
                              "A=<1> B=< 2>");
}

Test(supervisor_dialect, programs_start_in_the_folder_of_the_daemon)
{
    static const char text[] =
        "[program:a]\ncommand = a\n[program:b]\ncommand = b\ndirectory = /b\n"
        "[supervisord]\ndirectory = /srv\n";
    struct problems problems = {0};
    struct notices notices = {0};
    struct circus_said said = {0};
    ph_cleanup(config_destroy) config_t tree;
    tree_init(&tree);
    supervisor_dialect_parse(
        text, strlen(text),
        &(struct circus_reading){
            .tree = &tree, .said = &said, .problems = &problems, .notices = &notices});
    cr_expect_str_eq(tree_option_text(tree_find_section(&tree, "watcher:a"), "working_dir"),
                     "/srv");
    cr_expect_str_eq(tree_option_text(tree_find_section(&tree, "watcher:b"), "working_dir"), "/b");
    cr_expect_eq(problems.count, 0);
    notices_release(&notices);
}

Test(supervisor_dialect, what_has_no_equal_is_told_with_what_to_use_instead)
{
    static const struct {
        const char *text, *told;
    } rows[] = {
        {"[supervisord]\nchildlogdir = /x\n",
         "2: childlogdir = /x: there are no files named AUTO; name each with a filename\n"},
        {"[supervisord]\nidentifier = x\n",
         "2: identifier = x: daemons are told apart by their run_dir\n"},
        {"[supervisord]\nlogfile_backups = 3\n",
         "2: logfile_backups = 3: logrotate, and 'plughostctl reopen'\n"},
        {"[supervisord]\nlogfile_maxbytes = 3\n",
         "2: logfile_maxbytes = 3: logrotate, and 'plughostctl reopen'\n"},
        {"[supervisord]\nminfds = 1024\n", "2: minfds = 1024: plughostd raises its limit by "
                                           "itself; a watcher has rlimit_nofile\n"},
        {"[supervisord]\nminprocs = 200\n", "2: minprocs = 200: a watcher has rlimit_nproc\n"},
        {"[supervisord]\nnocleanup = true\n",
         "2: nocleanup = true: there are no files to be cleaned up\n"},
        {"[supervisord]\nnodaemon = true\n", ""},
        {"[supervisord]\nnodaemon = false\n",
         "2: nodaemon = false: plughostd stays in the foreground without --daemon\n"},
        {"[supervisord]\nsilent = true\n", "2: silent = true: plughostd --log-output\n"},
        {"[supervisord]\nstrip_ansi = true\n",
         "2: strip_ansi = true: output is kept as it was written\n"},
        {"[supervisord]\nuser = web\n", "2: user = web: have the machine start plughostd as that "
                                        "user, or give each watcher a uid\n"},
        {"[supervisord]\nwhat = 1\n", "2: what = 1: supervisord does not know it either\n"},
        {"[ctlplugin:x]\nk = 1\n", "1: [ctlplugin:x]: nothing is plugged into plughostctl\n"},
        {"[eventlistener:x]\ncommand = x\n",
         "1: [eventlistener:x]: left out: write a plugin, or any program that subscribes to the "
         "events (plughost-protocol(7))\n"},
        {"[inet_http_server]\nport = 9001\n",
         "1: [inet_http_server]: nobody is served over a network; plughostctl uses the socket in "
         "run_dir, also through ssh\n"},
        {"[rpcinterface:x]\nk = 1\n",
         "1: [rpcinterface:x]: there is no XML-RPC; see plughost-protocol(7)\n"},
        {"[supervisorctl]\nserverurl = x\n",
         "1: [supervisorctl]: plughostctl finds the daemon by itself, or by --endpoint\n"},
        {"[unix_http_server]\nfile = /x\n", "1: [unix_http_server]: the sockets are in run_dir, "
                                            "with mode 0600 and without a password\n"},
        {"[progam:x]\ncommand = x\n", "1: [progam:x]: supervisord does not know it either\n"},
        {"[group:x]\nprograms =\n",
         "1: [group:x]: there are no groups: name its watchers in a command, or tie them together "
         "by 'requires'; 'label.group' keeps the name\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_supervisor_notices(rows[i].text, rows[i].told);
}

/* ---- files ---- */

struct outcome {
    config_t tree;
    struct circus_said said;
    struct problems problems;
    struct notices notices;
};

static void read_file(struct outcome *self, const char *path)
{
    *self = (struct outcome){0};
    tree_init(&self->tree);
    supervisor_dialect_read(path, &(struct circus_reading){.tree = &self->tree,
                                                           .said = &self->said,
                                                           .problems = &self->problems,
                                                           .notices = &self->notices});
}

static void outcome_release(struct outcome *self)
{
    config_destroy(&self->tree);
    circus_said_release(&self->said);
    problems_release(&self->problems);
    notices_release(&self->notices);
}

static const char *option_of(const struct outcome *self, const char *title, const char *key)
{
    const config_setting_t *section = tree_find_section(&self->tree, title);
    cr_assert(section, "there is no [%s]", title);
    const char *text = tree_option_text(section, key);
    return text ? text : "(none)";
}

Test(supervisor_dialect, included_files_count_last_and_know_their_own_folder)
{
    ph_cleanup(outcome_release) struct outcome outcome;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *real = realpath(folder, NULL);
    ph_cleanup(ph_freep) char *first =
        scratch_write(folder, "a.conf", "[program:web]\ncommand = %(here)s/two\n", 0600);
    ph_cleanup(ph_freep) char *main_file =
        scratch_write(folder, "main",
                      "[include]\nfiles = %(here)s/a.* no/*.conf\n[program:web]\ncommand = one\n"
                      "umask = 0\n",
                      0600);
    read_file(&outcome, main_file);
    ph_cleanup(ph_freep) char *wanted = ph_format("%s/two", real);
    cr_expect_eq(outcome.problems.count, 0);
    cr_expect_str_eq(option_of(&outcome, "watcher:web", "cmd"), wanted);
    cr_expect_str_eq(option_of(&outcome, "watcher:web", "umask"), "0");
    cr_assert_geq(outcome.notices.count, 1);
    cr_expect_str_eq(outcome.notices.items[0].text,
                     "files = no/*.conf: no file matches (names begin in the folder of the main "
                     "file)");
}

Test(supervisor_dialect, what_the_command_line_of_plughostd_says_is_found)
{
    ph_cleanup(outcome_release) struct outcome outcome;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *main_file =
        scratch_write(folder, "main",
                      "[supervisord]\nlogfile = NONE\npidfile = /run/x\nloglevel = trace\n", 0600);
    read_file(&outcome, main_file);
    cr_expect_str_eq(outcome.said.log_output, "/dev/null");
    cr_expect_str_eq(outcome.said.pidfile, "/run/x");
    cr_expect(outcome.said.has_log_level);
    cr_expect_eq(outcome.said.log_level, PH_LOG_DEBUG);
}

static void expect_problem(const char *text, const char *wanted)
{
    ph_cleanup(outcome_release) struct outcome outcome;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *main_file = scratch_write(folder, "main", text, 0600);
    read_file(&outcome, main_file);
    cr_assert_eq(outcome.problems.count, 1);
    ph_cleanup(ph_freep) char *found = problem_text(&outcome.problems.items[0], "main");
    cr_expect_str_eq(found, wanted);
}

Test(supervisor_dialect, included_files_that_cannot_be_read_are_refused)
{
    expect_problem("[include]\nfiles = %(what)s/*\n",
                   "main:2: files = %(what)s/*: there is nothing to put in place of '%(what)s'");
    expect_problem("[include]\nfiles = /\n",
                   "/: the configuration is not a file of at most 64 MiB");
}
