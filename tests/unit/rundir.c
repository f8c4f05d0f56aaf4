#include <criterion/criterion.h>
#include <rundir.h>
#include <scratch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OTHER_USER = 12345 };

TestSuite(rundir, .timeout = 20);

Test(rundir, a_missing_directory_is_made_for_its_user_and_group)
{
    struct stat status;
    umask(0);
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/run", folder);
    ph_cleanup(rundir_destroy) rundir_t *rundir = rundir_new(path, NULL);
    cr_assert_not_null(rundir);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_eq(status.st_mode & 07777, 0750);
}

Test(rundir, giving_it_up_removes_the_lock_and_keeps_the_directory)
{
    struct stat status;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *lock = ph_format("%s/plughostd.lock", folder);
    rundir_t *rundir = rundir_new(folder, NULL);
    cr_assert_not_null(rundir);
    cr_expect_eq(stat(lock, &status), 0);
    rundir_destroy(&rundir);
    cr_expect_null(rundir);
    cr_expect_eq(stat(lock, &status), -1);
    cr_expect_eq(stat(folder, &status), 0);
    rundir_destroy(&rundir);
}

Test(rundir, the_lock_holds_the_number_of_the_process_and_nothing_of_its_last_holder)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *lock =
        scratch_write(folder, "plughostd.lock", "999999999999\n", 0640);
    ph_cleanup(ph_freep) char *expected = ph_format("%d\n", (int)getpid());
    ph_cleanup(rundir_destroy) rundir_t *rundir = rundir_new(folder, NULL);
    cr_assert_not_null(rundir);
    ph_cleanup(ph_freep) char *text = scratch_read(lock);
    cr_expect_str_eq(text, expected);
}

/* Holds the directory in a process of its own, for a lock does not exclude its own process. */
static pid_t hold(const char *folder)
{
    int ready[2];
    char byte;
    cr_assert_eq(pipe(ready), 0);
    pid_t pid = fork();
    if (pid == 0) {
        rundir_t *rundir = rundir_new(folder, NULL);
        if (!rundir || write(ready[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void end(pid_t pid)
{
    kill(pid, SIGKILL);
    cr_expect_eq(waitpid(pid, NULL, 0), pid);
}

Test(rundir, a_second_daemon_is_refused_and_told_who_holds_it)
{
    struct ph_error err;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    pid_t holder = hold(folder);
    ph_cleanup(ph_freep) char *expected =
        ph_format("another plughostd, process %d, holds '%s/plughostd.lock'", (int)holder, folder);
    cr_expect_null(rundir_new(folder, &err));
    cr_expect_eq(err.code, PH_CONFLICT);
    cr_expect_str_eq(err.message, expected);
    cr_expect_str_eq(err.hint, "stop it with 'plughostctl quit', or set another run_dir");
    end(holder);
}

Test(rundir, the_lock_of_a_killed_daemon_holds_nobody_up)
{
    struct ph_error err = {0};
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    end(hold(folder));
    ph_cleanup(rundir_destroy) rundir_t *rundir = rundir_new(folder, &err);
    cr_expect_not_null(rundir, "%s", err.message);
}

static void expect_refused(const char *path, enum ph_code code, const char *message,
                           const char *hint)
{
    struct ph_error err = {0};
    cr_expect_null(rundir_new(path, &err));
    cr_expect_eq(err.code, code);
    cr_expect_str_eq(err.message, message);
    cr_expect_str_eq(err.hint, hint);
}

Test(rundir, a_file_is_no_directory)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "run", "", 0600);
    ph_cleanup(ph_freep) char *expected = ph_format("the run directory '%s' is no directory", path);
    expect_refused(path, PH_INVALID, expected, "set run_dir in [plughost] to another one");
}

Test(rundir, a_directory_whose_parent_is_missing_is_not_made)
{
    expect_refused("/nowhere/run", PH_SYSTEM,
                   "cannot make the run directory '/nowhere/run': No such file or directory",
                   "set run_dir in [plughost] to a folder that you may write to");
}

Test(rundir, a_directory_that_others_can_write_to_is_not_trusted)
{
    static const mode_t modes[] = {0770, 0757, 01777};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        ph_cleanup(scratch_destroy) char *folder = scratch_new();
        ph_cleanup(ph_freep) char *expected =
            ph_format("other users can write to the run directory '%s'", folder);
        ph_cleanup(ph_freep) char *hint = ph_format("chmod 0750 '%s'", folder);
        cr_assert_eq(chmod(folder, modes[i]), 0);
        expect_refused(folder, PH_DENIED, expected, hint);
    }
}

Test(rundir, a_link_is_no_run_directory_wherever_it_leads)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(scratch_destroy) char *target = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/run", folder);
    ph_cleanup(ph_freep) char *lock = ph_format("%s/plughostd.lock", target);
    ph_cleanup(ph_freep) char *expected = ph_format("the run directory '%s' is no directory", path);
    cr_assert_eq(symlink(target, path), 0);
    expect_refused(path, PH_INVALID, expected, "set run_dir in [plughost] to another one");
    cr_expect_eq(access(lock, F_OK), -1, "nothing may be made behind the link");
}

/* /proc is root's; root itself makes a directory of somebody else's. */
Test(rundir, a_directory_of_another_user_is_not_trusted)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    bool is_root = geteuid() == 0;
    if (is_root)
        cr_assert_eq(chown(folder, OTHER_USER, OTHER_USER), 0);
    const char *path = is_root ? folder : "/proc";
    ph_cleanup(ph_freep) char *expected =
        ph_format("the run directory '%s' belongs to user %d, not to %u", path,
                  is_root ? OTHER_USER : 0, (unsigned)geteuid());
    expect_refused(path, PH_DENIED, expected, "set run_dir in [plughost] to a folder of your own");
}

Test(rundir, a_lock_that_is_a_link_is_not_followed)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *target = scratch_write(folder, "precious", "keep me", 0600);
    ph_cleanup(ph_freep) char *lock = ph_format("%s/plughostd.lock", folder);
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot open the lock '%s': Too many levels of symbolic links", lock);
    cr_assert_eq(symlink(target, lock), 0);
    expect_refused(folder, PH_SYSTEM, expected, "");
    ph_cleanup(ph_freep) char *text = scratch_read(target);
    cr_expect_str_eq(text, "keep me");
}
