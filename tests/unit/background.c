#include <background.h>
#include <criterion/criterion.h>
#include <scratch.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(background, .timeout = 20);

static bool is_there(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static void expect_text(const char *path, const char *expected)
{
    ph_cleanup(ph_freep) char *text = scratch_read(path);
    cr_expect_str_eq(text, expected);
}

static void expect_pidfile(const char *path)
{
    struct stat status;
    ph_cleanup(ph_freep) char *number = ph_format("%d\n", (int)getpid());
    ph_cleanup(ph_freep) char *fresh = ph_format("%s.new", path);
    expect_text(path, number);
    cr_assert_eq(lstat(path, &status), 0);
    cr_expect(S_ISREG(status.st_mode));
    cr_expect_not(is_there(fresh));
}

Test(background, a_pidfile_holds_the_number_of_the_process)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/pid", folder);
    cr_assert_eq(pidfile_write(path, NULL), 0);
    expect_pidfile(path);
}

Test(background, a_pidfile_replaces_what_is_there)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = scratch_write(folder, "pid", "99999999999\nmore\n", 0600);
    ph_cleanup(ph_freep) char *left = scratch_write(folder, "pid.new", "of a crash", 0600);
    cr_assert_eq(pidfile_write(path, NULL), 0);
    expect_pidfile(path);
    cr_expect_not(is_there(left));
}

/* In a folder that others may write to, somebody may have put it there. */
Test(background, a_pidfile_is_not_written_through_a_link)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/pid", folder);
    ph_cleanup(ph_freep) char *fresh = ph_format("%s/pid.new", folder);
    ph_cleanup(ph_freep) char *precious = scratch_write(folder, "precious", "keep me", 0600);
    cr_assert_eq(symlink(precious, path), 0);
    cr_assert_eq(symlink(precious, fresh), 0);
    cr_assert_eq(pidfile_write(path, NULL), 0);
    expect_pidfile(path);
    expect_text(precious, "keep me");
}

Test(background, a_pidfile_that_cannot_be_written_leaves_nothing_behind)
{
    struct ph_error err;
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *path = ph_format("%s/pid", folder);
    ph_cleanup(ph_freep) char *fresh = ph_format("%s/pid.new", folder);
    ph_cleanup(ph_freep) char *expected =
        ph_format("cannot write pidfile '%s': Is a directory", path);
    cr_assert_eq(mkdir(path, 0700), 0);
    cr_expect_eq(pidfile_write(path, &err), -1);
    cr_expect_str_eq(err.message, expected);
    cr_expect_not(is_there(fresh));
}

Test(background, removing_a_pidfile_takes_ones_own_and_leaves_anothers)
{
    ph_cleanup(scratch_destroy) char *folder = scratch_new();
    ph_cleanup(ph_freep) char *other = ph_format("%d\n", (int)getppid());
    ph_cleanup(ph_freep) char *theirs = scratch_write(folder, "theirs", other, 0600);
    ph_cleanup(ph_freep) char *empty = scratch_write(folder, "empty", "", 0600);
    ph_cleanup(ph_freep) char *ours = ph_format("%s/ours", folder);
    cr_assert_eq(pidfile_write(ours, NULL), 0);
    pidfile_remove(theirs);
    pidfile_remove(empty);
    pidfile_remove(ours);
    pidfile_remove(ours); /* which is gone */
    expect_text(theirs, other);
    cr_expect(is_there(empty));
    cr_expect_not(is_there(ours));
}
