/* What does not go together in one watcher, as the user is told of it. */
#include <alloc.h>
#include <config/complaint.h>
#include <criterion/criterion.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define GOOD "[watcher:w]\ncmd = x\n" /* two lines before what is wrong */

Test(check, a_singleton_has_one_process_at_most)
{
    expect_complaint(GOOD "singleton = yes\nnumprocesses = 2\n",
                     "x.ini:4: numprocesses = 2: a singleton cannot have 2 processes "
                     "(leave out singleton or numprocesses)\n");
    expect_complaint(GOOD "singleton = yes\n", "");
    expect_complaint(GOOD "singleton = yes\nnumprocesses = 0\n", "");
}

Test(check, a_shell_needs_a_text)
{
    expect_complaint("[watcher:w]\nshell = yes\ncmd =\n",
                     "x.ini:3: cmd is empty (cmd = TEXT FOR THE SHELL)\n");
    expect_complaint("[watcher:w]\nshell = yes\ncmd = echo \"it's\" | cat > x; wait\n", "");
}

Test(check, the_text_of_a_shell_may_have_quotes_that_only_a_shell_understands)
{
    expect_complaint("[watcher:w]\nshell = yes\ncmd = echo $'it\\'s' # don't\n", "");
    expect_complaint("[watcher:w]\nshell = no\ncmd = echo it's\n",
                     "x.ini:3: cmd = echo it's: a ' is not closed (words, split as a shell "
                     "does)\n");
    expect_complaint("[watcher:w]\nshell = maybe\ncmd = x\n",
                     "x.ini:2: shell = maybe: not understood (yes, true, on, 1; or no, false, "
                     "off, 0)\n");
}

Test(check, a_program_says_that_it_is_ready_in_one_way)
{
    expect_complaint(GOOD "notify = yes\nnotify_fd = 3\n",
                     "x.ini:4: notify_fd = 3: it cannot say that it is ready in two ways, notify "
                     "and notify_fd (leave one of them out)\n");
    expect_complaint(GOOD "notify_fd = 2\n",
                     "x.ini:3: notify_fd = 2: descriptors 0, 1 and 2 are its input and output "
                     "(3 to 1000, or 0 for none)\n");
    expect_complaint(GOOD "notify_fd = 3\n", "");
    expect_complaint(GOOD "notify = yes\nnotify_fd = 0\n", "");
}

Test(check, a_limit_that_nothing_could_live_in_is_a_mistake)
{
    expect_complaint(GOOD "memory_max = 512\n",
                     "x.ini:3: memory_max = 512: no program runs in less than 1 MiB (bytes, with "
                     "K, M, G or T for units of 1024; 0 for no limit)\n");
    expect_complaint(GOOD "memory_max = 1M\n", "");
    expect_complaint(GOOD "cpu_max = 0.001\n",
                     "x.ini:3: cpu_max = 0.001: the kernel knows no smaller share of a processor "
                     "than 0.01 (0.5 is half a processor; 0 for no limit)\n");
}

Test(check, a_plugin_in_python_has_a_class)
{
    expect_complaint("[plugin:p]\nuse = python:\n",
                     "x.ini:2: use = python:: the class is missing (use = python:MODULE.CLASS)\n");
    expect_complaint("[plugin:p]\nuse = python:site.watch.Disk\n", "");
    expect_complaint("[plugin:p]\nuse = python:site.watch:Disk\n", "");
}

/* ---- users ---- */

/* Each test is a process of its own. The leak checker must still be able to look at it. */
static void stop_being_root(void)
{
    if (geteuid() != 0)
        return;
    cr_assert_eq(setresgid(65534, 65534, 65534), 0);
    cr_assert_eq(setresuid(65534, 65534, 65534), 0);
    cr_assert_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}

Test(check, a_user_that_is_not_there_is_refused_with_the_nearest)
{
    expect_complaint(GOOD "uid = nobdy\n",
                     "x.ini:3: uid = nobdy: there is no user 'nobdy' (did you mean 'nobody'?)\n");
    expect_complaint("[plugin:p]\nuid = no_such_user_at_all\n",
                     "x.ini:2: uid = no_such_user_at_all: there is no user "
                     "'no_such_user_at_all'\n");
    expect_complaint(GOOD "uid =\n", "x.ini:3: uid = : a name is missing (name)\n");
}

Test(check, a_group_that_is_not_there_is_refused)
{
    expect_complaint(GOOD "gid = no_such_group_at_all\n",
                     "x.ini:3: gid = no_such_group_at_all: there is no group "
                     "'no_such_group_at_all'\n");
    expect_complaint(GOOD "uid = root\ngid = no_such_group_at_all\n",
                     "x.ini:4: gid = no_such_group_at_all: there is no group "
                     "'no_such_group_at_all'\n");
}

Test(check, another_user_is_refused_unless_the_daemon_is_root)
{
    stop_being_root();
    ph_cleanup(ph_freep) char *printed = complaint(GOOD "uid = root\n", sizeof GOOD + 10);
    cr_expect_eq(strncmp(printed, "x.ini:3: uid = root: a daemon that runs as user '", 49), 0, "%s",
                 printed);
    cr_expect(strstr(printed, "cannot start a process as user 'root' and group 'root' (only root "
                              "can: leave out uid and gid, or run the daemon as root)\n"),
              "%s", printed);
}

Test(check, the_user_of_the_daemon_itself_may_always_be_named)
{
    stop_being_root();
    ph_cleanup(ph_freep) char *text = ph_format(GOOD "uid = %u\ngid = %u\n", geteuid(), getegid());
    expect_complaint(text, "");
}

/* ---- streams ---- */

Test(check, a_stream_is_refused_on_the_line_of_the_option_that_is_wrong)
{
    expect_complaint(GOOD "stdout_stream.class = FileStream\n",
                     "x.ini:3: stdout_stream.class = FileStream: FileStream needs a filename\n");
    expect_complaint(GOOD "stderr_stream.filename = /x\nstderr_stream.time_format = %n%\n"
                          "stderr_stream.color = rde\n",
                     "x.ini:5: stderr_stream.color = rde: unknown color 'rde' (did you mean "
                     "'red'?)\n");
    expect_complaint(GOOD "stdout_stream.filename = /x\n", "");
}

Test(check, a_unit_of_time_is_one_that_is_known)
{
    ph_cleanup(ph_freep) char *printed =
        complaint(GOOD "stdout_stream.class = TimedRotatingFileStream\n"
                       "stdout_stream.filename = /x\n"
                       "stdout_stream.rotate_when = W9\n",
                  strlen(GOOD) + 105);
    cr_expect_eq(strncmp(printed, "x.ini:5: stdout_stream.rotate_when = W9: ", 41), 0, "%s",
                 printed);
}

Test(check, all_that_is_wrong_is_shown_at_once)
{
    expect_complaint("[watcher:w]\ncmd =\nsingleton = on\nnumprocesses = 2\nnotify_fd = 1\n"
                     "after = nobody\n",
                     "x.ini:2: cmd is empty (cmd = PROGRAM ARGUMENT...)\n"
                     "x.ini:4: numprocesses = 2: a singleton cannot have 2 processes (leave out "
                     "singleton or numprocesses)\n"
                     "x.ini:5: notify_fd = 1: descriptors 0, 1 and 2 are its input and output "
                     "(3 to 1000, or 0 for none)\n"
                     "x.ini:6: after = nobody: there is no such watcher (names of [watcher:NAME] "
                     "and [plugin:NAME] sections)\n");
}
